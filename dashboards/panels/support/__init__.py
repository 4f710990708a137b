"""The page of how an account is helped and what it says."""
