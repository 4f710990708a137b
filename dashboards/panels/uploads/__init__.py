"""A file on its way in: the page on which it is mapped, and what it shows."""
