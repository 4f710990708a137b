"""Importing this package registers every KPI."""

from metrics.kpis import acquisition, effort, retention, revenue, satisfaction, support, usage, value

__all__ = ["acquisition", "effort", "retention", "revenue", "satisfaction", "support", "usage", "value"]
