"""Importing this package registers every measure."""

from metrics.measures import advocacy, commercial, complaints, engagement, sentiment, support, usage, value

__all__ = ["advocacy", "commercial", "complaints", "engagement", "sentiment", "support", "usage", "value"]
