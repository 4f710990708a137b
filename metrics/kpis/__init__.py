"""Importing this package registers every KPI."""

from metrics.kpis import retention, revenue

__all__ = ["retention", "revenue"]
