"""The demo: two invented companies and their customers, a pure function of (seed, workspace, account, day)."""
