"""Importing this package registers every KPI."""

from metrics.kpis import acquisition, retention, revenue, value

__all__ = ["acquisition", "retention", "revenue", "value"]
