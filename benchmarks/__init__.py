"""How fast it is, as ratios to something everybody knows: `make bench`. See docs/benchmarks.md."""
