"""What customers say, asked and unasked: which of it is chosen, what it amounts to, what it is about (decision 21)."""
