"""Rows survive the wire, whatever their classes are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detectors.api import (
    Delta,
    Detector,
    Doc,
    Entry,
    Finding,
    Fold,
    Judge,
    Keyspace,
    Observed,
    Placed,
    Row,
    Table,
    View,
)
from pipeline.codec import Codec
from pipeline.topology import Topology
from schemas.events import ReviewPosted

PLACE = Keyspace("place", "anything")


def _row(tag: str) -> type[Row]:
    class SameName(Row, frozen=True, tag=tag):
        value: int

    return SameName


FIRST, SECOND = _row("first"), _row("second")


@dataclass(frozen=True)
class _Two(Detector):
    name = "two"
    version = "1"
    clauses = ("review_ring",)
    doc = Doc("a toy", (), "", (), (), ())

    @property
    def folds(self) -> tuple[Fold, ...]:
        return tuple(
            Fold(Table(PLACE, name, row, timeless=True), (ReviewPosted,), _nothing)
            for name, row in (("a", FIRST), ("b", SECOND))
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        return (Judge("two.place", PLACE, tuple(f.table for f in self.folds), _silent),)


def _nothing(event: ReviewPosted, _: Observed) -> Iterable[Placed]:
    return ()


def _silent(view: View) -> Iterator[Finding]:
    yield from ()


def test_rows_of_two_detectors_may_share_a_class_name() -> None:
    codec = Codec(Topology([_Two()]))
    deltas = [
        Delta("place", "k", table, "", "e", Entry(1, "e", 1, row(5)))  # type: ignore[call-arg]
        for table, row in (("a", FIRST), ("b", SECOND))
    ]
    assert codec.decode_deltas(codec.encode_deltas(deltas)) == deltas
