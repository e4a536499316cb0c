"""What a data set becomes: event files in the order of event time, and other files beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from schemas.events import Event, ReviewPosted, VoteCast


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
            yield "reviews.jsonl", sorted(self.reviews, key=_order)
        if self.votes:
            yield "votes.jsonl", sorted(self.votes, key=_order)
        yield from self.other.items()


def _order(event: Event) -> tuple[datetime, str]:
    return event.occurred_at, event.event_id


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
