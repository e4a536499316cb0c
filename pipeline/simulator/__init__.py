"""A simulated marketplace with known truth: `simulate` writes a world's event files and what
really happened in it. Made from the policy, the contract and the page of lookalikes alone, so that
detectors can be measured on it (docs/simulator.md)."""

from pipeline.simulator.run import Summary, simulate
from pipeline.simulator.settings import Settings

__all__ = ["Settings", "Summary", "simulate"]
