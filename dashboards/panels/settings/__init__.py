"""What the pages of settings show: one module for each section."""
