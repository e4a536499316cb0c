"""The votes on one product as a judgement sees them, and the traffic that would explain them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from math import fsum
from operator import attrgetter
from typing import NamedTuple

import msgspec

from detectors.api import DAY, Entry, View, digest
from detectors.tables import ORDERS, REMOVED, REVIEWS, VOTES, WEEK, ReviewRow, VoteRow
from detectors.vote_bursts.tables import DOWN, FLAT, UP

ROWS = 8_000
"""Rows of votes that a judgement reads; a busier product is looked at less far back, and only
those of its reviews whose votes grew most."""
FEW_BACK = 2
"""How many weeks back a busy product is looked at."""
GROWN_FROM = 5
"""Added to votes now and before, so that few votes make no growth."""
RARE = {"helpful": 0.02, "not_helpful": 0.004, "report_abuse": 0.002}
"""Votes a review gets in a day where nothing is known of the product."""
PRAISE = 4
"""Stars from which a review praises; three stars pull the mean of nearly every product down."""
YOUNG, YOUNG_FACTOR = 14 * DAY, 3.0
"""A new review is shown first for a while."""
FIRST_DAYS = 3 * DAY
LEAD = DAY
"""Visitors vote up to this long after the orders that tell of them."""
SLACK = 2.0
"""Added to what is seen and expected, so that few visitors make no rush."""


class Ballot(msgspec.Struct, frozen=True, gc=False):
    """A vote that holds."""

    ts: int
    by: str
    voter: str
    review: str
    vote: str
    side: str
    weight: float
    """How many votes it stands for: above 1 where the table kept a sample."""


_ts_by = attrgetter("ts", "by")

Cell = tuple[str, str]
"""A review and a kind of vote."""


class _Told(NamedTuple):
    """What the review events of one week tell, by review."""

    author: dict[str, str]
    posted: dict[str, int]
    first: dict[str, int]
    """Stars at first."""
    last: dict[str, int]
    removed: frozenset[str]
    """By the platform."""


def _told(rows: Sequence[Entry[ReviewRow]]) -> _Told:
    standing = [e for e in rows if e.row.what != REMOVED]
    last = {e.row.review_id: e.row.rating for e in standing}
    standing.reverse()  # so that the first holds
    first = {e.row.review_id: e.row.rating for e in standing}
    return _Told(
        author={e.row.review_id: e.row.reviewer_id for e in standing},
        posted={e.row.review_id: e.ts for e in standing},
        first=first,
        last=first if first == last else last,
        removed=frozenset(
            e.row.review_id for e in rows if e.row.what == REMOVED and e.row.by_platform
        ),
    )


class Heads:
    """What is known of a product's reviews: stars as they stood at the end of the focus, author,
    time."""

    def __init__(self, view: View) -> None:
        before = view.each(REVIEWS, _told, ahead=0)
        after = view.each(REVIEWS, _told, back=-1)
        self.stars: dict[str, int] = {}
        self.author: dict[str, str] = {}
        self.posted: dict[str, int] = {}
        self.removed: set[str] = set()
        for told in reversed(after):
            self.stars.update(told.first)
        for told in before:
            self.stars.update(told.last)
        for told in reversed((*before, *after)):
            self.author.update(told.author)
            self.posted.update(told.posted)
            self.removed.update(told.removed)

    def side(self, review: str, vote: str) -> str:
        """Whom a vote on a review helps."""
        stars = self.stars.get(review)
        if stars is None:
            return FLAT
        return UP if (stars >= PRAISE) == (vote == "helpful") else DOWN


class Scene:
    """One product around one week. `ballots` are in the order of time, `cells` too."""

    def __init__(self, view: View, now: dict[str, int]) -> None:
        self._view = view
        self.heads = Heads(view)
        back, votes = VOTES.back, _votes(view, now)
        if votes is None:
            back, votes = FEW_BACK, _most_grown(view, now)
        self.ballots = sorted(_ballots(view, votes, self.heads), key=_ts_by)
        self.cells: dict[Cell, list[Ballot]] = {}
        self.sides: dict[str, list[Ballot]] = {}
        """Ballots by whom they help."""
        for b in self.ballots:
            self.cells.setdefault((b.review, b.vote), []).append(b)
            self.sides.setdefault(b.side, []).append(b)
        first = min([b.ts for b in self.ballots[:1]] + [*self.heads.posted.values()], default=0)
        self.since = max(view.start - back * WEEK, first)
        """From when on votes on the product could be seen."""
        self.until = max([view.end, *(b.ts for b in self.ballots[-1:])])
        self._times = [b.ts for b in self.ballots]
        begin, end = (bisect_left(self._times, t) for t in (view.start, view.end))
        self.own_cells = sorted({(b.review, b.vote) for b in self.ballots[begin:end]})
        """Cells that got votes this week."""

    def exposed(self, review: str) -> int:
        """From when on votes on a review could be seen."""
        return max(self.since, self.heads.posted.get(review, self.since))

    def rate(self, vote: str) -> float:
        """Votes of a kind that a review of this product got in a day before this week."""
        last = bisect_left(self._times, self._view.start)
        votes = fsum(b.weight for b in self.ballots[:last] if b.vote == vote)
        return _rate(vote, votes, self._days_before)

    def rate_without(self, cell: Cell) -> float:
        """Votes of its kind that the other reviews of this product get in a day, all the time."""
        review, vote = cell
        votes = self._votes_by_kind.get(vote, 0.0) - fsum(b.weight for b in self.cells[cell])
        days = self._days - max(0, self.until - self.exposed(review)) / DAY
        return _rate(vote, votes, days)

    @cached_property
    def _votes_by_kind(self) -> dict[str, float]:
        return {
            vote: fsum(b.weight for b in self.ballots if b.vote == vote) for vote in sorted(RARE)
        }

    @cached_property
    def _days(self) -> float:
        return self._exposure(self.until)

    @cached_property
    def _days_before(self) -> float:
        return self._exposure(self._view.start)

    def _exposure(self, last: int) -> float:
        """Days that reviews could be seen, up to a moment, of all reviews together."""
        early, late = self._opened
        return (early * max(last - self.since, 0) + sum(last - t for t in late if t < last)) / DAY

    @cached_property
    def _opened(self) -> tuple[int, list[int]]:
        """How many reviews could be voted on from the first, and when the others were posted."""
        posted = self.heads.posted
        late = [ts for ts in posted.values() if ts > self.since]
        return len(posted.keys() | {b.review for b in self.ballots}) - len(late), late

    @cached_property
    def rates(self) -> dict[str, float]:
        """`rate` of each kind of vote."""
        return {vote: self.rate(vote) for vote in RARE}

    def cell_rate(self, cell: Cell, at: int) -> float:
        """Votes that a cell would get in a day, by its review's age."""
        review, vote = cell
        young = at - self.heads.posted.get(review, at - YOUNG) < YOUNG
        return self.rates[vote] * (YOUNG_FACTOR if young else 1.0)

    def young(self, ballot: Ballot) -> bool:
        """Whether a vote came within days of its review."""
        posted = self.heads.posted.get(ballot.review)
        return posted is not None and ballot.ts - posted < FIRST_DAYS

    def side_rate(self, side: str) -> float:
        """Votes for one side that all reviews together would get in a day."""
        praise = sum(stars >= PRAISE for stars in self.heads.stars.values())
        others = len(self.heads.stars) - praise
        up = self.rates["helpful"]
        down = self.rates["not_helpful"] + self.rates["report_abuse"]
        return praise * up + others * down if side == UP else praise * down + others * up

    def rush(self, start: int, end: int, apart: set[str]) -> float:
        """By how much more visitors than usual came to the product in a window: other voters than
        `apart`, and orders (new reviews where no orders are known)."""
        others = self._other_voters(start, end, apart)
        length = (end - start) / (self.until - self.since + DAY)
        sales = _seen(self._orders, start - LEAD, end)
        of_sales = self._view.count(ORDERS)
        if not of_sales:
            posted = sorted(self.heads.posted.values())
            sales = _seen(posted, start - LEAD, end)
            of_sales = len(posted)
        return max(1.0, others, (sales + SLACK) / (of_sales * length + SLACK))

    def _other_voters(self, start: int, end: int, apart: set[str]) -> float:
        first, last = bisect_left(self._times, start), bisect_left(self._times, end)
        inside: dict[str, float] = {}
        own = 0.0
        for b in self.ballots[first:last]:
            if b.voter in apart:
                own += b.weight
            else:
                inside[b.voter] = b.weight
        own_outside = fsum(self._weight_of[v] for v in sorted(apart)) - own
        outside = self._weights[-1] - (self._weights[last] - self._weights[first]) - own_outside
        rest = self.until - self.since + DAY - (end - start)
        expected = outside * (end - start) / max(rest, WEEK)
        return (fsum(inside.values()) + SLACK) / (expected + SLACK)

    @cached_property
    def _weights(self) -> list[float]:
        return [0.0, *accumulate(b.weight for b in self.ballots)]

    @cached_property
    def _weight_of(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for b in self.ballots:
            found[b.voter] = found.get(b.voter, 0.0) + b.weight
        return found

    @cached_property
    def voters(self) -> list[str]:
        """Every voter, in an order that is the same on every product, so that samples of voters
        still show who meets again."""
        return sorted({b.voter for b in self.ballots}, key=lambda v: (digest("voter", v), v))

    @cached_property
    def one_sided(self) -> set[str]:
        """Voters on several reviews who always help the same side."""
        sides: dict[str, set[str]] = {}
        reviews: dict[str, set[str]] = {}
        for b in self.ballots:
            if b.side != FLAT:
                sides.setdefault(b.voter, set()).add(b.side)
                reviews.setdefault(b.voter, set()).add(b.review)
        return {v for v, seen in sides.items() if len(seen) == 1 and len(reviews[v]) > 1}

    @cached_property
    def _orders(self) -> list[int]:
        return [e.ts for e in self._view.rows(ORDERS, back=1, ahead=1)]

    @property
    def orders_known(self) -> bool:
        """Whether any order of the product is known."""
        return self._view.count(ORDERS) > 0


def _rate(vote: str, votes: float, days: float) -> float:
    return (votes + 1) / (days + 1 / RARE[vote])


def _seen(times: Sequence[int], start: int, end: int) -> int:
    return bisect_left(times, end) - bisect_left(times, start)


def _votes(view: View, now: dict[str, int]) -> dict[str, list[Entry[VoteRow]]] | None:
    """All votes by part, None where there are too many to be read."""
    if sum(now.values()) * 4 > ROWS:
        return None
    votes = view.by_part(VOTES)
    return votes if sum(map(len, votes.values())) <= ROWS else None


def _most_grown(view: View, now: dict[str, int]) -> dict[str, list[Entry[VoteRow]]]:
    """The votes of the parts that grew most, as many as may be read."""
    left = ROWS
    found: dict[str, list[Entry[VoteRow]]] = {}
    for part in sorted(sorted({*now, *view.parts(VOTES)}), key=lambda p: -_growth(view, p)):
        rows: list[Entry[VoteRow]] = view.rows(VOTES, part, back=FEW_BACK)
        left -= len(rows)
        if left < 0:
            break
        found[part] = rows
    return found


def _ballots(view: View, votes: dict[str, list[Entry[VoteRow]]], heads: Heads) -> Iterable[Ballot]:
    for part, rows in votes.items():
        weights = _weights(view, part, rows)
        # A voter's last say holds, also where it changed its mind weeks later.
        for e in {e.row.voter_id: e for e in rows}.values():
            row = e.row
            if row.cast:
                side = heads.side(row.review_id, row.vote)
                weight = weights.get(e.ts // WEEK, 1.0) if weights else 1.0
                yield Ballot(e.ts, e.by, row.voter_id, row.review_id, row.vote, side, weight)


def _growth(view: View, part: str) -> float:
    own = view.count(VOTES, part, back=0, ahead=0)
    before = view.count(VOTES, part, back=FEW_BACK, ahead=-1) / FEW_BACK
    return (own + GROWN_FROM) / (before + GROWN_FROM)


def _weights(view: View, part: str, rows: Sequence[Entry[VoteRow]]) -> dict[int, float]:
    """For weeks of which the table kept a sample: how many votes each kept one stands for."""
    if len(rows) < VOTES.cap:
        return {}
    weeks: dict[int, int] = {}
    for e in rows:
        week = e.ts // WEEK
        weeks[week] = weeks.get(week, 0) + 1
    return {
        week: view.count(VOTES, part, back=view.focus - week, ahead=week - view.focus) / kept
        for week, kept in weeks.items()
        if kept >= VOTES.cap
    }
