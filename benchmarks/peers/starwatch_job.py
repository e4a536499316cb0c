"""Starwatch: `python -m benchmarks.peers.starwatch_job SERVERS CONFIG`.

A detector that counts and sums the ratings of each product, on a worker as `starwatch worker` runs
it: contract checks, lateness, conflicting duplicates, idempotent state, judgements, and a
transaction a checkpoint. The state holds each rating by its event, the totals follow from it; an
event that comes twice counts once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from detectors.api import (
    Detector,
    Doc,
    Finding,
    Fold,
    Judge,
    Keyspace,
    Observed,
    Placed,
    Row,
    Statement,
    Table,
    View,
)
from pipeline.config import read
from pipeline.live.worker import run
from pipeline.topology import Topology
from schemas.events import ReviewPosted

_EXACT = 1 << 20
"""More elements than any key has, so that none is dropped."""


class Stars(Row, frozen=True, tag="peers_stars"):
    """One rating."""

    rating: int


class Total(Row, frozen=True, tag="peers_total"):
    """What all ratings of a product come to."""

    number: int
    stars: int


PRODUCTS = Keyspace("peers_products", "product id")
RATINGS = Table(PRODUCTS, "ratings", Stars, cap=_EXACT, timeless=True)
SUMS = Keyspace("peers_sums", "product id")
TOTALS = Table(SUMS, "totals", Total, timeless=True)


def _rate(event: ReviewPosted, _: Observed) -> Iterable[Placed]:
    return ((event.product_id, "", event.event_id, Stars(event.rating)),)


def _sum(view: View) -> Iterator[Statement]:
    rows = view.rows(RATINGS)
    if rows:
        total = Total(len(rows), sum(each.row.rating for each in rows if each.row))
        yield Statement(TOTALS, view.key, "", rows[-1].ts, total)


def _nothing(_: View) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True)
class Totals(Detector):
    """Count and sum of the ratings of each product."""

    name = "peers_totals"
    version = "1"
    clauses = ("review_ring",)
    doc = Doc("a count and a sum", (), "", (), (), ())

    @property
    def folds(self) -> tuple[Fold, ...]:
        """Each rating by its event."""
        return (Fold(RATINGS, (ReviewPosted,), _rate),)

    @property
    def judges(self) -> tuple[Judge, ...]:
        """A total for each product; only keyspaces that are judged are kept."""
        return (
            Judge("peers_totals.sum", PRODUCTS, (RATINGS,), _sum, (TOTALS,)),
            Judge("peers_totals.none", SUMS, (TOTALS,), _nothing),
        )


if __name__ == "__main__":
    raise SystemExit(run(read(Path(sys.argv[2])), sys.argv[1], Topology([Totals()])))
