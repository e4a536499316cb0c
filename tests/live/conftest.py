"""A fleet of its own for every test that needs Kafka."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.fleet import Fleet

MakeFleet = Callable[..., Fleet]


@pytest.fixture
def make_fleet(kafka: str, tmp_path: Path) -> Iterator[MakeFleet]:
    """Makes a fleet, with settings of `[live]`."""
    fleets: list[Fleet] = []

    def make(**live: float | str) -> Fleet:
        fleets.append(Fleet(kafka, tmp_path, f"{uuid.uuid4().hex[:12]}.", **live))
        return fleets[-1]

    yield make
    for fleet in fleets:
        fleet.stop()
