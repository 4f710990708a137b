"""The scorecards of a workspace: their order, versions, comparison and history."""
