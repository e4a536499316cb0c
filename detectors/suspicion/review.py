"""How a review stands on its product's page, and what that and its author's history amount to."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.api import DAY, Entry, Statement, View, scoped, unscoped
from detectors.suspicion.author import rating_at
from detectors.suspicion.tables import (
    AUTHOR_BACK,
    AUTHORED,
    PAGE_AHEAD,
    PAGE_BACK,
    UNVERIFIED,
    USUAL_RATING,
    WEIGHED,
    WORDED,
    AuthoredRow,
    WeighedRow,
    WordedRow,
)
from detectors.wording import likeness, stacked

NEAR = 3
"""Days before and after a review in which a burst is looked for."""
FORTNIGHT = PAGE_AHEAD
USUAL_WEIGHT = 5
"""As how many reviews the usual values count that a page's own are drawn towards."""
USUAL_SHARE = 0.35


class Signs(NamedTuple):
    """What a review shows in the time around it: numbers around 1, of it, its author, its page.

    Choice of signs after Jindal and Liu (WSDM 2008: deviation, extremes, duplicates), Xie et al.
    (KDD 2012: bursts of singletons), Mukherjee et al. (KDD 2013: content similarity, reviews a
    day) and Rayana and Akoglu (KDD 2015).
    """

    stars_1: float
    stars_2: float
    stars_4: float
    stars_5: float
    before: float
    """log(1 + reviews of the author in the year before); the next three likewise."""
    none_before: float
    soon: float
    none_soon: float
    later: float
    single: float
    """Its author's only review in the time looked at."""
    same_day: float
    age: float
    """log(1 + days since the author's first review)."""
    fresh: float
    """The author's first review is of the same day."""
    gap: float
    """log(1 + days since the author's review before)."""
    extreme: float
    """Share of 1 and 5 stars among the author's reviews."""
    mean_apart: float
    """How far the author's mean rating is from the usual one (stars)."""
    above: float
    """Stars above what the page has; `below` likewise."""
    below: float
    burst: float
    """log of the reviews around its day against the page's rate."""
    same_side: float
    """log(1 + reviews around its day that praise, or blame, as it does)."""
    singles_season: float
    """Share of the page's other reviews that are their authors' only ones, in the season (12 weeks
    back); `singles_fortnight` in the two weeks before and after."""
    singles_fortnight: float
    fresh_season: float
    """The same for other reviews that are the first of their authors."""
    fresh_fortnight: float
    unverified: float
    """Known not to be a verified purchase."""
    unverified_share: float
    """Share of these among the author's reviews."""
    worded_alike: float
    """Similarity to the most similar review of another author on the page, from `ALIKE` on."""
    programme: float
    """Comes from a sampling programme of the platform."""


ALIKE = 0.3
"""From which similarity of wording on it counts; below, chance and set phrases."""


def judge(view: View, weigh: Callable[[Signs], float], after: int) -> Iterator[Statement]:
    """What the signs of each review posted on the page in the focus sum up to, from what was known
    `after` microseconds after it."""
    rows: list[Entry[AuthoredRow]] = view.rows(AUTHORED)
    page = Page([(e.ts, e.row) for e in rows if e.row])
    wordings = Wordings(view.rows(WORDED))
    marketplace, _ = unscoped(view.key)
    for place, (ts, row) in enumerate(page.reviews):
        if view.start <= ts < view.end:
            around = page.around(place, ts + after)
            signs = signs_of(row, around, wordings.alike(row.event_id, ts + after))
            weighed = WeighedRow(row.event_id, weigh(signs))
            key = scoped(marketplace, row.review_id)
            yield Statement(WEIGHED, key, row.event_id, ts, weighed)


class Around(NamedTuple):
    """A page's other reviews as seen from one of them."""

    mean: float
    near: int
    expected: float
    same_side: int
    singles_season: float
    singles_fortnight: float
    fresh_season: float
    fresh_fortnight: float


class Page:
    """The reviews of a page in the order of time."""

    def __init__(self, reviews: Sequence[tuple[int, AuthoredRow]]) -> None:
        self.reviews = reviews
        self._times = np.array([ts for ts, _ in reviews])
        self._days = self._times // DAY
        rows = [row for _, row in reviews]
        self._another = np.array([row.another for row in rows])
        self._fresh = np.array([row.age == 0 for row in rows])
        self._posted = np.array([row.posted_rating for row in rows])
        self._edited = [i for i, row in enumerate(rows) if row.edits]

    def around(self, place: int, now: int) -> Around:
        """What there is besides the review at `place`, as it was known at `now`."""
        day = self._days[place]
        first, near, beyond, end = np.searchsorted(
            self._days, (day - PAGE_BACK, day - NEAR, day + NEAR + 1, day + PAGE_AHEAD + 1)
        ).tolist()
        seen = int(np.searchsorted(self._times, now, "right"))
        end, beyond = min(end, seen), min(beyond, seen)
        fortnight = int(np.searchsorted(self._days, day - FORTNIGHT))
        ratings = self._ratings(now)
        sides = _SIDES[ratings[near:beyond]]
        others = end - first - 1
        stars = int(ratings[first:end].sum() - ratings[place])
        single = self._another[first:end] > now
        fresh = self._fresh[first:end]
        season, own = (0, len(single)), place - first
        recent = (fortnight - first, len(single))
        return Around(
            mean=(stars + USUAL_RATING * USUAL_WEIGHT) / (others + USUAL_WEIGHT),
            near=beyond - near - 1,
            expected=others * (2 * NEAR + 1) / (PAGE_BACK + PAGE_AHEAD + 1),
            same_side=int((sides == _SIDES[ratings[place]]).sum()) - 1,
            singles_season=_share(single, season, own),
            singles_fortnight=_share(single, recent, own),
            fresh_season=_share(fresh, season, own),
            fresh_fortnight=_share(fresh, recent, own),
        )

    def _ratings(self, now: int) -> NDArray[np.int64]:
        if not self._edited:
            return self._posted
        ratings = self._posted.copy()
        for i in self._edited:
            row = self.reviews[i][1]
            ratings[i] = rating_at(row.posted_rating, row.edits, now)
        return ratings


_SIDES = np.array([0, -1, -1, 0, 1, 1])
"""By stars: 1 where a review praises, -1 where it blames."""


def _share(flags: NDArray[np.bool_], window: tuple[int, int], own: int) -> float:
    """Share of others in a window, drawn towards the usual one."""
    count = int(flags[window[0] : window[1]].sum()) - bool(flags[own])
    others = window[1] - window[0] - 1
    return (count + USUAL_SHARE * USUAL_WEIGHT) / (others + USUAL_WEIGHT)


class Wordings:
    """Sketches of the texts on a page, in the order of time."""

    def __init__(self, rows: Sequence[Entry[WordedRow]]) -> None:
        known = [(e, e.row) for e in rows if e.row]
        self._place = {e.by: i for i, (e, _) in enumerate(known)}
        self._times = [e.ts for e, _ in known]
        authors = {row.reviewer_id: i for i, (_, row) in enumerate(known)}
        self._authors = np.array([authors[row.reviewer_id] for _, row in known])
        self._sketches = [row.sketch for _, row in known]
        self._stacked = stacked(self._sketches)

    def alike(self, event_id: str, now: int) -> float:
        """Similarity of a review to the most similar text of another author, 0 to 1."""
        place = self._place.get(event_id)
        if place is None:
            return 0.0
        seen = bisect_right(self._times, now)
        near = likeness(self._stacked[place : place + 1], self._stacked[:seen])[0]
        others = self._authors[:seen] != self._authors[place]
        return float(near[others].max(initial=0.0))


def signs_of(row: AuthoredRow, around: Around, alike: float) -> Signs:
    """The signs of one review."""
    apart = row.rating - around.mean
    return Signs(
        stars_1=float(row.rating == 1),
        stars_2=float(row.rating == 2),
        stars_4=float(row.rating == 4),
        stars_5=float(row.rating == 5),
        before=math.log1p(row.before),
        none_before=float(not row.before),
        soon=math.log1p(row.soon),
        none_soon=float(not row.soon),
        later=math.log1p(row.later),
        single=float(not (row.before or row.same_day or row.soon or row.later)),
        same_day=math.log1p(row.same_day),
        age=math.log1p(row.age),
        fresh=float(row.age == 0),
        gap=math.log1p(min(row.gap, AUTHOR_BACK + 1)),
        extreme=row.extreme,
        mean_apart=abs(row.mean - USUAL_RATING),
        above=max(apart, 0.0),
        below=max(-apart, 0.0),
        burst=math.log((around.near + 1) / (around.expected + 1)),
        same_side=math.log1p(max(around.same_side, 0)),
        singles_season=around.singles_season,
        singles_fortnight=around.singles_fortnight,
        fresh_season=around.fresh_season,
        fresh_fortnight=around.fresh_fortnight,
        unverified=float(row.verified == UNVERIFIED),
        unverified_share=row.unverified,
        worded_alike=max(alike - ALIKE, 0.0) / (1 - ALIKE),
        programme=float(row.programme),
    )
