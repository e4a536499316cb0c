"""What a data set becomes: event files in the order of event time, and other files beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from schemas.events import Event, ReviewPosted, VoteCast

E = TypeVar("E", bound=Event)


@dataclass
class World:
    """The events of one data set; `other` are files that are not events, by name."""

    reviews: list[ReviewPosted] = field(default_factory=list)
    votes: list[VoteCast] = field(default_factory=list)
    other: dict[str, Sequence[msgspec.Struct]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What of the source is not in the files, and why."""

    def files(self) -> Iterator[tuple[str, Sequence[msgspec.Struct]]]:
        """Names and lines of the files that hold something."""
        if self.reviews:
            yield "reviews.jsonl", _in_order(self.reviews)
        if self.votes:
            yield "votes.jsonl", _in_order(self.votes)
        yield from self.other.items()


def _in_order(events: list[E]) -> list[E]:
    return sorted(events, key=lambda e: (e.occurred_at, e.event_id))


def write(path: Path, lines: Iterable[msgspec.Struct]) -> None:
    """JSON lines into a file that appears whole or not at all."""
    encode = msgspec.json.Encoder().encode
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            out.writelines(encode(line) + b"\n" for line in lines)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
