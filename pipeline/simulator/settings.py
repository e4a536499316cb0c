"""What a world is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.simulator.phrasebook import Bank


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one simulated world.

    Attributes:
        seed: the same seed and settings give the same bytes.
        scale: 1 is about 150,000 events in 180 days; all counts follow it and `days`.
        days: length of the window.
        start: its first day, UTC.
        phrasing: the phrase bank.
        include: scenarios to plant in any case, as `name` or `name:variant`.
        compress: write `.jsonl.gz`.
        memory: bytes of events to hold before they are spilled to disk.
    """

    seed: int
    scale: float = 1.0
    days: int = 180
    start: date = date(2025, 1, 1)
    phrasing: Bank = "build"
    include: tuple[str, ...] = ()
    compress: bool = False
    memory: int = 64 << 20

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 1_000:
            raise ValueError(f"scale is {self.scale}, expected more than 0 and at most 1000")
        if not 14 <= self.days <= 3_650:
            raise ValueError(f"days is {self.days}, expected 14 to 3650")

    @property
    def size(self) -> float:
        """How large the world is, in worlds of scale 1 and 180 days."""
        return self.scale * self.days / 180
