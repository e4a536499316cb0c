"""Starwatch beside other stream engines at the same job: `python -m benchmarks.peers`."""
