"""Simulated worlds that the tests share: making one takes seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pipeline.simulator import Settings, Summary, simulate
from schemas.events import TOPICS

Record = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A world on disk, read back as plain objects."""

    folder: Path
    settings: Settings
    summary: Summary

    def lines(self, topic: str) -> Iterator[bytes]:
        with (self.folder / f"{topic}.jsonl").open("rb") as file:
            yield from file

    def events(self, topic: str, kind: str = "") -> list[Record]:
        """The events of a topic in their order, of one type where `kind` is given."""
        return [e for e in self._events[topic] if not kind or e["type"] == kind]

    @cached_property
    def _events(self) -> dict[str, list[Record]]:
        return {topic: [json.loads(line) for line in self.lines(topic)] for topic in TOPICS}

    @cached_property
    def truth(self) -> list[Record]:
        """Planted cases and lookalikes."""
        lines = (self.folder / "truth.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines[1:]]

    @property
    def planted(self) -> list[Record]:
        return [record for record in self.truth if record["kind"] == "planted"]

    @property
    def lookalikes(self) -> list[Record]:
        return [record for record in self.truth if record["kind"] == "lookalike"]


Make = Callable[..., Made]


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a world by its settings."""

    def world(**settings: Any) -> Made:
        folder = tmp_path_factory.mktemp("world")
        chosen = Settings(**settings)
        return Made(folder, chosen, simulate(chosen, folder))

    return world


@pytest.fixture(scope="session")
def small(make: Make) -> Made:
    """About 8,000 events."""
    return make(seed=5, scale=0.05)


@pytest.fixture(scope="session")
def full(make: Make) -> Made:
    """A world of scale 1, with every variant."""
    return make(seed=11)


@pytest.fixture(scope="session")
def other(make: Make) -> Made:
    """Another world of scale 1."""
    return make(seed=12)
