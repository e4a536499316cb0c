"""What a worker reads: lanes open and close slots, the driver fetches what is open.

A slot is opened at an offset and gets a new *ticket* each time. Chunks carry the ticket, so that
what was fetched before a slot was closed, or before a rebalance, is told apart from what is read
now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from pipeline.live.plan import Slot

_CHUNK_RECORDS = 2_000
_CHUNK_BYTES = 2 << 20
"""Bounds of a chunk: what is worked on before anything else is looked at."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of a slot. Transaction markers and aborted records are passed over, so
    `next` may lie beyond the last record, and there may be none at all."""

    slot: Slot
    ticket: int
    records: list[Any]
    size: int
    """Bytes of the records' values."""
    start: int
    """Where the slot stood before."""
    next: int
    """Where it stands now."""
    end: int
    """Where its log ended when it was last looked at."""


class Reader:
    """Open slots, where they stand, and which of them wait."""

    def __init__(self) -> None:
        self._tickets: dict[Slot, int] = {}
        self._positions: dict[Slot, int] = {}
        self._ends: dict[Slot, int] = {}
        self._unsought: dict[Slot, int] = {}
        self._paused: set[Slot] = set()
        self._numbers = count(1)
        self._changed = asyncio.Event()

    # -- lanes -----------------------------------------------------------------------------------

    def open(self, positions: Mapping[Slot, int]) -> None:
        """Read slots from the offsets given, whatever was read of them before."""
        for slot, offset in positions.items():
            self._tickets[slot] = next(self._numbers)
            self._positions[slot] = self._unsought[slot] = offset
            self._ends.pop(slot, None)
            self._paused.discard(slot)
        self._changed.set()

    def close(self, slots: Iterable[Slot]) -> None:
        """Read slots no more."""
        for slot in slots:
            for known in (self._tickets, self._positions, self._ends, self._unsought):
                known.pop(slot, None)
            self._paused.discard(slot)

    def close_all(self) -> None:
        """Read nothing more."""
        self.close(list(self._tickets))

    def pause(self, slots: Iterable[Slot]) -> None:
        """Fetch nothing more of slots for now; what is on its way still arrives."""
        self._paused.update(slot for slot in slots if slot in self._tickets)

    def resume(self, slots: Iterable[Slot]) -> None:
        """Fetch again."""
        self._paused.difference_update(slots)
        self._changed.set()

    def is_current(self, chunk: Chunk) -> bool:
        """Whether a chunk is of its slot as it is open now."""
        return self._tickets.get(chunk.slot) == chunk.ticket

    # -- the driver ------------------------------------------------------------------------------

    def unsought(self) -> dict[Slot, int]:
        """Slots that were opened and are still to be set to their offsets."""
        return dict(self._unsought)

    def sought(self, positions: Mapping[Slot, int]) -> None:
        """Slots were set to these offsets."""
        for slot, offset in positions.items():
            if self._unsought.get(slot) == offset:
                del self._unsought[slot]

    def readable(self) -> dict[Slot, int]:
        """Tickets of the slots to fetch from."""
        return {
            slot: ticket
            for slot, ticket in self._tickets.items()
            if slot not in self._paused and slot not in self._unsought
        }

    async def wait_for_change(self, timeout: float) -> None:
        """Return when a slot is opened or resumed, after `timeout` seconds at the latest."""
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return

    def chunks(
        self, slot: Slot, ticket: int, records: list[Any], position: int, end: int
    ) -> list[Chunk]:
        """What was fetched in handy pieces, if it is of the slot as it is open and brings anything
        new."""
        if self._tickets.get(slot) != ticket:
            return []
        start = self._positions[slot]
        if not records and position == start and self._ends.get(slot) == end:
            return []
        self._positions[slot], self._ends[slot] = position, end
        pieces = list(_pieces(records))
        afters = [piece[-1].offset + 1 for _, piece in pieces[:-1]] + [position]
        starts = [start, *afters]
        return [
            Chunk(slot, ticket, piece, size, start, after, end)
            for (size, piece), start, after in zip(pieces, starts, afters, strict=False)
        ]


def _pieces(records: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Consecutive records of bounded number and bytes, with their bytes; one piece at least."""
    piece: list[Any] = []
    size = 0
    for record in records:
        length = max(record.serialized_value_size, 0)
        if piece and (size + length > _CHUNK_BYTES or len(piece) >= _CHUNK_RECORDS):
            yield size, piece
            piece, size = [], 0
        piece.append(record)
        size += length
    yield size, piece
