"""What goes out by mail, as text and HTML."""
