"""The page of people and plan."""
