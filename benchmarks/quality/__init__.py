"""Detection quality on simulated worlds: `python -m benchmarks.quality` (docs/scoring.md)."""
