"""What really happened in a simulated world, read from its `truth.jsonl` (docs/simulator.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from pipeline.errors import StarwatchError
from pipeline.scorer.lines import read_lines
from schemas.alerts import Clause

Ids: TypeAlias = frozenset[str]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]


class TruthError(StarwatchError):
    """The truth cannot be read; the message says where and why."""


class World(Struct, frozen=True, kw_only=True, tag_field="kind", tag="world"):
    """The world itself: what it was made from, and its number of events by topic."""

    seed: int
    scale: float
    days: int
    phrasing: str
    events: dict[str, int]


class Happening(Struct, frozen=True, kw_only=True, eq=False, tag_field="kind"):
    """What planted cases and lookalikes have in common. Two are equal only if they are one."""

    case: str
    variant: str
    marketplace: str
    sellers: Ids
    products: Ids
    reviews: Ids
    accounts: Ids
    messages: Ids
    evidence: Ids
    affected: Ids
    acts: int
    first_act: Moment
    last_act: Moment


class Planted(Happening, frozen=True, kw_only=True, eq=False, tag="planted"):
    """A violation that ought to be found, under each of its `clauses`."""

    clause: Clause
    clauses: list[Clause]
    difficulty: int
    tolerated: list[Clause] = []


class Lookalike(Happening, frozen=True, kw_only=True, eq=False, tag="lookalike"):
    """Something innocent that resembles a violation of the clause `looks_like`."""

    name: str
    looks_like: Clause


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one world."""

    world: World
    planted: tuple[Planted, ...]
    lookalikes: tuple[Lookalike, ...]

    @property
    def organic_events(self) -> int:
        """Events that are no act of a planted case."""
        return max(sum(self.world.events.values()) - sum(p.acts for p in self.planted), 0)


def read_truth(path: Path) -> Truth:
    """The truth in a file, or in the `truth.jsonl` of a folder.

    Raises:
        TruthError: it is not there, or a line of it is not a line of the truth.
    """
    if path.is_dir():
        path = path / "truth.jsonl"
    decoder = msgspec.json.Decoder(World | Planted | Lookalike)
    world: World | None = None
    planted: list[Planted] = []
    lookalikes: list[Lookalike] = []
    for number, line in read_lines(path, TruthError):
        try:
            record = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TruthError(
                f"{path}, line {number}: not a line of a truth file: {error}"
            ) from None
        if isinstance(record, World):
            world = record
        elif isinstance(record, Planted):
            planted.append(record)
        else:
            lookalikes.append(record)
    if world is None:
        raise TruthError(f"{path}: no line of kind `world`; is it written by `starwatch simulate`?")
    return Truth(world, tuple(planted), tuple(lookalikes))
