"""Keyspaces, rows and folds of the review scores."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.api import DAY, Fold, Keyspace, Observed, Placed, Row, Table, scoped
from detectors.tables import EDITED, POSTED
from detectors.wording import sketch_of
from schemas.events import ReviewEdited, ReviewPosted

# Tables look back, keyspaces do not: what is said of a review is dated like the review. The
# buckets are wide, so that a review is looked at from few foci.
AUTHOR = Keyspace("suspicion_author", "account id", 92 * DAY, lookahead=1)
PAGE = Keyspace("suspicion_page", "marketplace and product id", 28 * DAY, lookahead=1)
SCORES = Keyspace("suspicion_scores", "marketplace and review id")

AUTHOR_BACK, AUTHOR_AHEAD = 365, 90
"""Days of an author's other reviews that are looked at, before and after a review."""
PAGE_BACK, PAGE_AHEAD = 84, 14
"""Days of a product's other reviews that are looked at."""

SOON = 30
USUAL_RATING = 4.0
NEVER = 1 << 62
"""Later than any event."""
AS_OF_THE_END = 1 << 61
"""Longer than any time between two events (microseconds)."""

VERIFIED, UNVERIFIED, UNKNOWN = 1, -1, 0


class OwnRow(Row, frozen=True, tag="suspicion_own"):
    """A review by its author, as posted or as edited."""

    what: str
    marketplace: str
    review_id: str
    product_id: str
    rating: int
    verified: int = UNKNOWN
    programme: bool = False


class SinceRow(Row, frozen=True, tag="suspicion_since"):
    """The account has written reviews since then."""


class AuthoredRow(Row, frozen=True, tag="suspicion_authored"):
    """A posted review with what its author's other reviews show of it. Counts are of reviews; days
    are calendar days in UTC, so that dates without a time of day lose nothing.

    The rows that look back at it from other reviews of its page do so as of their own moment. What
    changes with that moment carries its time: `edits` and `another`.
    """

    event_id: str
    review_id: str
    rating: int
    """As of this review's own moment; `posted_rating` and `edits` tell of others."""
    posted_rating: int
    edits: tuple[tuple[int, int], ...]
    """Times and new ratings, in the order of time."""
    verified: int
    programme: bool
    before: int
    """In the `AUTHOR_BACK` days before."""
    same_day: int
    soon: int
    """In the `SOON` days after."""
    later: int
    """From then to the end of the `AUTHOR_AHEAD` days after."""
    another: int
    """When the earliest other review in the time looked at was posted; `NEVER` if none was."""
    gap: int
    """Days since the one before, at most `AUTHOR_BACK` + 1."""
    age: int
    """Days since the first of all."""
    extreme: float
    """Share of 1 and 5 stars in all that was looked at, this review included, drawn towards 1/2."""
    mean: float
    """Mean rating of the same, drawn towards the usual one."""
    unverified: float
    """Share of unverified purchases where it is known, 0 where it never is."""


class WordedRow(Row, frozen=True, tag="suspicion_worded"):
    """How a posted review is worded."""

    reviewer_id: str
    sketch: bytes


class WeighedRow(Row, frozen=True, tag="suspicion_weighed"):
    """What the signs of a review as one event posted it sum up to, in log-odds."""

    event_id: str
    weighed: float


OWN = Table(AUTHOR, "own", OwnRow, cap=4096, lookback=4)
SINCE = Table(AUTHOR, "since", SinceRow, timeless=True, first=True)
AUTHORED = Table(PAGE, "authored", AuthoredRow, cap=16384, lookback=3)
WORDED = Table(PAGE, "worded", WordedRow, cap=4096, lookback=3)
WEIGHED = Table(SCORES, "weighed", WeighedRow, timeless=True)


def _own(event: ReviewPosted | ReviewEdited, _: Observed) -> Iterable[Placed]:
    what, verified, programme = EDITED, UNKNOWN, False
    if isinstance(event, ReviewPosted):
        what, programme = POSTED, bool(event.programme)
        if event.verified_purchase is not None:
            verified = VERIFIED if event.verified_purchase else UNVERIFIED
    own = OwnRow(
        what,
        event.marketplace,
        event.review_id,
        event.product_id,
        event.rating,
        verified,
        programme,
    )
    return ((event.reviewer_id, "", event.event_id, own),)


def _since(event: ReviewPosted, _: Observed) -> Iterable[Placed]:
    return ((event.reviewer_id, "", POSTED, SinceRow()),)


def _worded(event: ReviewPosted, seen: Observed) -> Iterable[Placed]:
    sketch = seen.once(sketch_of) if event.text else b""
    if not sketch:
        return ()
    row = WordedRow(event.reviewer_id, sketch)
    return ((scoped(event.marketplace, event.product_id), "", event.event_id, row),)


OWN_OF_AUTHOR = Fold(OWN, (ReviewPosted, ReviewEdited), _own)
SINCE_OF_AUTHOR = Fold(SINCE, (ReviewPosted,), _since)
WORDED_ON_PAGE = Fold(WORDED, (ReviewPosted,), _worded)
