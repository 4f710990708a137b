"""What others send in their own form: bytes → what ingest takes."""
