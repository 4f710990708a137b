"""The settings of a workspace: one module for each section."""
