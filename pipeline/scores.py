"""Scores: how suspicious each posted review is, one line a review.

A score combines what the suspicion detector says of a review, the lives of its author and its page,
and the open cases that accuse it. Nothing here grows with the length of the input: posted reviews
wait in a private SQLite file, which also puts them in order and counts lives.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from math import prod
from typing import NamedTuple

import msgspec

from detectors.api import DAY, Delta
from detectors.suspicion.life import Life, Lived, life_of
from detectors.suspicion.model import DIGITS, load
from detectors.suspicion.tables import AS_OF_THE_END, WeighedRow
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
    }
)
"""Clauses whose cases say that the reviews they name are not honest. The others name reviews that
something was done to: votes, a request to change. `review_ring` says so as well, but counts for no
score: judging rings as of every review's own moment would take hours."""
UNSCORED = frozenset({"review_rings"})
"""Detectors that find nothing of these clauses and are slow to judge again and again."""

BATCH = 10_000
"""Rows written to the file at a time."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE posted (
    marketplace, review_id, ts INTEGER, event_id, product_id, reviewer_id, rating INTEGER
);
CREATE TABLE weighed (event_id, weighed REAL);
"""
_IN_ORDER = """
WITH once AS (
    SELECT DISTINCT *, ts / :day AS day FROM posted
), lived AS (
    SELECT *,
        count(*) OVER author AS reviews,
        (max(ts) OVER author) / :day - (min(ts) OVER author) / :day AS days,
        count(*) OVER before AS place,
        day - (min(ts) OVER page) / :day AS page_days,
        count(*) OVER page AS page_reviews,
        sum(rating) OVER page AS page_stars,
        row_number() OVER (
            PARTITION BY marketplace, review_id ORDER BY ts DESC, event_id DESC
        ) AS posts_after
    FROM once
    WINDOW
        author AS (PARTITION BY reviewer_id
            ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND :after FOLLOWING),
        page AS (PARTITION BY marketplace, product_id
            ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND :after FOLLOWING),
        before AS (PARTITION BY marketplace, product_id
            ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT marketplace, review_id, ts, event_id, product_id, reviewer_id,
    (SELECT max(weighed) FROM weighed WHERE weighed.event_id = lived.event_id),
    rating, reviews, days, place, page_days, page_reviews, page_stars
FROM lived
WHERE posts_after = 1
ORDER BY ts, marketplace, review_id
"""


class Weighed(NamedTuple):
    """A review with what the model scores."""

    marketplace: str
    review_id: str
    ts: int
    event_id: str
    product_id: str
    reviewer_id: str
    weighed: float | None
    """None where the detector did not look: there were too many of its kind."""
    life: Life


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
    """Posted reviews and what their signs sum up to, in any order, each any number of times;
    `lines` gives each review once, scored as of `after` microseconds after it was posted.

    A review posted twice is the one posted last.
    """

    def __init__(self, after: int = AS_OF_THE_END) -> None:
        self.after = after
        # A nameless database is a temporary file that vanishes with the connection.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._posted: list[tuple[str | int, ...]] = []
        self._weighed: list[tuple[str, float]] = []
        self._accused: dict[tuple[str, str], float] = {}

    def posted(self, event: ReviewPosted, ts: int) -> None:
        """A review was posted."""
        row = (event.marketplace, event.review_id, ts, event.event_id)
        self._posted.append((*row, event.product_id, event.reviewer_id, event.rating))
        if len(self._posted) >= BATCH:
            self._flush()

    def said(self, delta: Delta[WeighedRow]) -> None:
        """The detector says what the signs of a review sum up to."""
        row = delta.entry.row
        if row is not None:
            self._weighed.append((row.event_id, row.weighed))
        if len(self._weighed) >= BATCH:
            self._flush()

    def accused(self, marketplace: str, review_id: str, probability: float) -> None:
        """Cases accuse the review with this probability; the last word holds."""
        if probability:
            self._accused[marketplace, review_id] = probability
        else:
            self._accused.pop((marketplace, review_id), None)

    def reviews(self) -> Iterator[Weighed]:
        """Every posted review once, by time, then marketplace and review id."""
        self._flush()
        self._db.execute("CREATE INDEX IF NOT EXISTS by_event ON weighed (event_id, weighed)")
        for row in self._db.execute(_IN_ORDER, {"after": self.after, "day": DAY}):
            yield Weighed._make((*row[:_LIVED], life_of(Lived._make(row[_LIVED:]))))

    def lines(self) -> Iterator[Score]:
        """The score of every posted review, in the order of `reviews`."""
        model = load()
        for review in self.reviews():
            weighed = model.usual if review.weighed is None else review.weighed
            alone = model.score(weighed, review.life)
            accused = self._accused.get((review.marketplace, review.review_id), 0.0)
            yield Score(
                review_id=review.review_id,
                product_id=review.product_id,
                reviewer_id=review.reviewer_id,
                occurred_at=iso(review.ts),
                # Its own suspicion and its cases, as independent (noisy-or).
                score=round(1.0 - (1.0 - alone) * (1.0 - accused), DIGITS),
                marketplace=review.marketplace,
            )

    def close(self) -> None:
        """Remove the file."""
        self._db.close()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO posted VALUES (?, ?, ?, ?, ?, ?, ?)", self._posted)
        self._db.executemany("INSERT INTO weighed VALUES (?, ?)", self._weighed)
        self._posted.clear()
        self._weighed.clear()


_LIVED = Weighed._fields.index("life")
"""Where in a row of `_IN_ORDER` the counts begin."""


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
