"""The scorecard studio."""
