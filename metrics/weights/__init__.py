"""Weights that past churn suggests (metrics.md 4.10): learnt, judged, stored; never applied by themselves."""
