"""Everything that can be planted. Importing the package registers all scenarios."""

from pipeline.simulator.cases import (
    asking,
    changes,
    incentives,
    insiders,
    rings,
    variations,
    voting,
)

__all__ = ["asking", "changes", "incentives", "insiders", "rings", "variations", "voting"]
