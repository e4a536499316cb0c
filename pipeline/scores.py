"""Scores: how suspicious each posted review is, one line a review.

A score combines what the suspicion detector says of a review with the open cases that accuse it.
Nothing here grows with the length of the input: posted reviews and their scores wait in a private
SQLite file, which also puts them in order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from math import prod

import msgspec

from detectors.api import Delta
from detectors.suspicion.model import DIGITS, load
from detectors.suspicion.tables import ScoreRow
from pipeline.cases import CaseShard
from schemas.alerts import Alert
from schemas.events import ReviewPosted, iso

AUTHORS_ACCUSED = frozenset(
    {
        "self_review",
        "incentive_offer",
        "refund_after_review",
        "review_club",
        "insider_review",
        "paid_change",
        "insert_solicitation",
        "review_ring",
    }
)
"""Clauses whose cases say that the reviews they name are not honest. The others name reviews that
something was done to: votes, a request to change."""

BATCH = 10_000
"""Rows written to the file at a time."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE posted (marketplace, review_id, ts INTEGER, event_id, product_id, reviewer_id);
CREATE TABLE rated (event_id, score REAL);
"""
_IN_ORDER = """
SELECT marketplace, review_id, ts, product_id, reviewer_id, score
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY marketplace, review_id ORDER BY ts DESC, event_id DESC
    ) AS place
    FROM posted
) LEFT JOIN rated USING (event_id)
WHERE place = 1
ORDER BY ts, marketplace, review_id
"""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `--scores`."""

    review_id: str
    product_id: str
    reviewer_id: str
    occurred_at: str
    score: float
    """0 to 1, higher is more suspicious."""
    marketplace: str


class ScoreBook:
    """Posted reviews and what they were rated, in any order, each any number of times; `lines`
    gives each review once.

    A review posted twice is the one posted last. One that was never rated (there were more of its
    kind on one page or by one author than are looked at) has the model's base rate.
    """

    def __init__(self) -> None:
        # A nameless database is a temporary file that vanishes with the connection.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._posted: list[tuple[object, ...]] = []
        self._rated: list[tuple[str, float]] = []
        self._accused: dict[tuple[str, str], float] = {}

    def posted(self, event: ReviewPosted, ts: int) -> None:
        """A review was posted."""
        row = (event.marketplace, event.review_id, ts, event.event_id)
        self._posted.append((*row, event.product_id, event.reviewer_id))
        if len(self._posted) >= BATCH:
            self._flush()

    def said(self, delta: Delta[ScoreRow]) -> None:
        """The detector says a score."""
        row = delta.entry.row
        if row is not None:
            self._rated.append((row.event_id, row.score))
        if len(self._rated) >= BATCH:
            self._flush()

    def accused(self, marketplace: str, review_id: str, probability: float) -> None:
        """Cases accuse the review with this probability; the last word holds."""
        if probability:
            self._accused[marketplace, review_id] = probability
        else:
            self._accused.pop((marketplace, review_id), None)

    def lines(self) -> Iterator[Score]:
        """Every posted review once, by `occurred_at`, then marketplace and review id."""
        self._flush()
        self._db.execute("CREATE INDEX rated_by_event ON rated (event_id, score)")
        base = load().base_rate
        for marketplace, review_id, ts, product_id, reviewer_id, score in self._db.execute(
            _IN_ORDER
        ):
            alone = base if score is None else score
            accused = self._accused.get((marketplace, review_id), 0.0)
            yield Score(
                review_id=review_id,
                product_id=product_id,
                reviewer_id=reviewer_id,
                occurred_at=iso(ts),
                # Its own suspicion and its cases, as independent (noisy-or).
                score=round(1.0 - (1.0 - alone) * (1.0 - accused), DIGITS),
                marketplace=marketplace,
            )

    def close(self) -> None:
        """Remove the file."""
        self._db.close()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO posted VALUES (?, ?, ?, ?, ?, ?)", self._posted)
        self._db.executemany("INSERT INTO rated VALUES (?, ?)", self._rated)
        self._posted.clear()
        self._rated.clear()


class Accused:
    """The reviews that open cases accuse."""

    def __init__(self, cases: CaseShard) -> None:
        self._cases = cases
        self._reviews: dict[str, tuple[str, ...]] = {}
        self._by: dict[tuple[str, str], dict[str, float]] = {}

    def update(self, alerts: Iterable[Alert]) -> None:
        """Take new revisions of cases."""
        for alert in alerts:
            if alert.clause not in AUTHORS_ACCUSED:
                continue
            for review_id in self._reviews.pop(alert.case_id, ()):
                self._by[alert.marketplace, review_id].pop(alert.case_id)
            if alert.status != "open":
                continue
            reviews = self._cases.reviews_of(alert.case_id)
            self._reviews[alert.case_id] = reviews
            for review_id in reviews:
                by = self._by.setdefault((alert.marketplace, review_id), {})
                by[alert.case_id] = alert.score

    def probability(self, marketplace: str, review_id: str) -> float:
        """That the review is not honest by the open cases that accuse it, taken as independent
        (noisy-or)."""
        by = self._by.get((marketplace, review_id), {})
        return 1.0 - prod(1.0 - by[case] for case in sorted(by))

    def all(self) -> Iterator[tuple[str, str, float]]:
        """Marketplace, id and probability of each review that is accused."""
        for marketplace, review_id in self._by:
            yield marketplace, review_id, self.probability(marketplace, review_id)
