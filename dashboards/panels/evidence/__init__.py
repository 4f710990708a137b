"""The records behind a measure's value of one account, on a day or between two."""
