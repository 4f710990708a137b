"""Whether a scorecard would have told who leaves (metrics.md 4.9): the panel, what came of it, the judgement."""
