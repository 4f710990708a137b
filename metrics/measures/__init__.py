"""Importing this package registers every measure."""

from metrics.measures import commercial, complaints, engagement, sentiment, support, usage

__all__ = ["commercial", "complaints", "engagement", "sentiment", "support", "usage"]
