"""The page of what an account pays."""
