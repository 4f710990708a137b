"""What happened to an account: one stream of all there is, by kind, by words, page by page."""
