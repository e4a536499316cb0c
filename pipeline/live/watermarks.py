"""Watermarks: how far every sender has come, as one receiver knows it.

A sender is a partition of an event topic or of a keyspace. Its mark is a promise: nothing older
will come from it. A receiver's own watermark is the lowest mark of all its senders; one that was
never heard of holds it back altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.shard import FAR_FUTURE, FAR_PAST

Marks = dict[str, dict[int, int]]
"""Stage (an event topic, or `stage_of` a keyspace) -> partition -> mark, in microseconds."""


def stage_of(keyspace: str) -> str:
    """The stage of a keyspace: no topic has a name like that."""
    return f"~{keyspace}"


class Watermarks:
    """The marks that one lane has heard of."""

    def __init__(self, marks: Marks | None = None) -> None:
        self.marks: Marks = marks or {}

    def hear(self, marks: Mapping[str, Mapping[int, int]]) -> bool:
        """Take marks over where they are later than the known ones; whether one was."""
        news = False
        for stage, heard in marks.items():
            known = self.marks.setdefault(stage, {})
            for partition, mark in heard.items():
                if mark > known.get(partition, FAR_PAST):
                    known[partition] = mark
                    news = True
        return news

    def low(self, senders: Iterable[tuple[str, int]]) -> int:
        """The lowest mark of stages, each given with its number of partitions."""
        lowest = FAR_FUTURE
        for stage, partitions in senders:
            known = self.marks.get(stage)
            if known is None or len(known) < partitions:
                return FAR_PAST
            lowest = min(lowest, *known.values())
        return lowest


class Announcements:
    """What a lane has told the others: marks that moved by less than a step are kept back."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._told: dict[tuple[str, int], int] = {}

    def due(self, marks: Iterable[tuple[str, int, int]]) -> Marks:
        """Of (stage, partition, mark) those that are worth telling; they count as told."""
        due: Marks = {}
        for stage, partition, mark in marks:
            if mark == FAR_PAST:
                continue
            told = self._told.get((stage, partition))
            if told is None or mark >= told + self._step:
                self._told[stage, partition] = mark
                due.setdefault(stage, {})[partition] = mark
        return due
