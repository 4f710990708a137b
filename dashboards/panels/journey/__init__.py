"""The journey map: stages of the customer's life by health, who moved, who is stuck, and the accounts behind it."""
