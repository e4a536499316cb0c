"""What else the author of a review wrote, and when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from detectors.api import DAY, Entry, Statement, View, scoped
from detectors.suspicion.tables import (
    AUTHOR_AHEAD,
    AUTHOR_BACK,
    AUTHORED,
    NEVER,
    OWN,
    SINCE,
    SOON,
    UNKNOWN,
    UNVERIFIED,
    USUAL_RATING,
    AuthoredRow,
    OwnRow,
)
from detectors.tables import POSTED


def judge(view: View, after: int) -> Iterator[Statement]:
    """Send each posted review to its product's page with its author's history, as it was known
    `after` microseconds after the review."""
    rows: list[Entry[OwnRow]] = view.rows(OWN)
    own = [e for e in rows if _posted(e) and view.start <= e.ts < view.end]
    if not own:
        return
    history = History(rows, view.rows(SINCE)[0].ts)
    for e in own:
        assert e.row is not None  # noqa: S101 - narrows for the type checker
        page = scoped(e.row.marketplace, e.row.product_id)
        yield Statement(AUTHORED, page, e.by, e.ts, history.of(e.row, e.by, e.ts, e.ts + after))


def _posted(entry: Entry[OwnRow]) -> bool:
    return entry.row is not None and entry.row.what == POSTED


class History:
    """One author's reviews inside the window, in the order of time."""

    def __init__(self, rows: Sequence[Entry[OwnRow]], since: int) -> None:
        self._since = since // DAY
        posted = [e for e in rows if _posted(e)]
        self._posted = [e.row for e in posted if e.row]
        self._times = [e.ts for e in posted]
        self._days = [ts // DAY for ts in self._times]
        self._edits: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for e in rows:
            if e.row and e.row.what != POSTED:
                edits = self._edits.setdefault((e.row.marketplace, e.row.review_id), [])
                edits.append((e.ts, e.row.rating))

    def of(self, row: OwnRow, event_id: str, ts: int, now: int) -> AuthoredRow:
        """The review posted at `ts` among the others of its author, as it was known at `now`."""
        days, day = self._days, ts // DAY
        seen = bisect_right(self._times, now)
        first = bisect_left(days, day - AUTHOR_BACK)
        today = bisect_left(days, day)
        tomorrow = bisect_right(days, day, hi=seen)
        soon = bisect_right(days, day + SOON, hi=seen)
        end = bisect_right(days, day + AUTHOR_AHEAD)
        shown = self._posted[first : min(end, seen)]
        ratings = [self._rating(r, now) for r in shown]
        known = [r.verified for r in shown if r.verified != UNKNOWN]
        return AuthoredRow(
            event_id=event_id,
            review_id=row.review_id,
            rating=self._rating(row, now),
            posted_rating=row.rating,
            edits=tuple(self._edits.get((row.marketplace, row.review_id), ())),
            verified=row.verified,
            programme=row.programme,
            before=today - first,
            same_day=tomorrow - today - 1,
            soon=soon - tomorrow,
            later=len(shown) - (soon - first),
            another=self._another(first, end, ts),
            gap=day - days[today - 1] if today > first else AUTHOR_BACK + 1,
            age=max(day - self._since, 0),
            extreme=(sum(r in (1, 5) for r in ratings) + 1) / (len(ratings) + 2),
            mean=(sum(ratings) + USUAL_RATING) / (len(ratings) + 1),
            unverified=known.count(UNVERIFIED) / len(known) if known else 0.0,
        )

    def _rating(self, row: OwnRow, now: int) -> int:
        if not self._edits:
            return row.rating
        return rating_at(row.rating, self._edits.get((row.marketplace, row.review_id), ()), now)

    def _another(self, first: int, end: int, ts: int) -> int:
        """Of the reviews from place `first` to `end`, the earliest that is not the one at `ts`."""
        if end - first < 2:
            return NEVER
        return self._times[first + (self._times[first] == ts)]


def rating_at(posted: int, edits: Sequence[tuple[int, int]], now: int) -> int:
    """The rating of a review as of a moment."""
    rating = posted
    for ts, edited in edits:
        if ts <= now:
            rating = edited
    return rating
