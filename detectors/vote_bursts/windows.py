"""Which votes the traffic does not explain: tests of windows of hours, days and months."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from detectors.api import DAY, HOUR, View
from detectors.vote_bursts.evidence import tail
from detectors.vote_bursts.polls import Ballot, Scene
from detectors.vote_bursts.tables import VoteSettings

LENGTHS = (6 * HOUR, 2 * DAY, 7 * DAY)
LOOKS = 2 * sum(7 * DAY / length for length in LENGTHS)
"""Windows of a week looked at for one poll; twice the disjoint ones, as they overlap."""
LEAST = 3
"""Votes below which no window is looked at: they could not be told from chance."""
DRIP_LEAST = 5
FLURRY = 0.6
"""Shape of the votes on a review of which nothing is known: few get most."""


@dataclass(frozen=True)
class Poll:
    """Votes that are tested together: those of one kind on one review, or all for one side."""

    ballots: Sequence[Ballot]
    since: int
    rate: float
    """Votes a day to be expected where the poll has no past."""


@dataclass(frozen=True)
class Window:
    """Votes in a window of one poll, what is to be expected there and how unlikely that is."""

    ballots: Sequence[Ballot]
    expected: float
    tail: float
    length: int


def bursts(
    view: View, scene: Scene, polls: Sequence[Poll], among: int, settings: VoteSettings
) -> Iterator[Window]:
    """The most unlikely window of each length that begins in the week, of each poll. `among` is
    how many polls there are with those that are too small to be looked at."""
    looks = LOOKS * among
    for poll in polls:
        times = [b.ts for b in poll.ballots]
        weights = [0.0, *accumulate(b.weight for b in poll.ballots)]
        for length in LENGTHS:
            start, end = _fullest(times, view.start, view.end, length)
            if end - start < LEAST:
                continue
            window = _test(view, scene, poll, weights, start, end, length, looks, settings)
            if window is not None:
                yield window


def _fullest(times: Sequence[int], first: int, last: int, length: int) -> tuple[int, int]:
    """The window with the most votes among those that begin with a vote in [first, last)."""
    best = (0, 0)
    end = start = bisect_left(times, first)
    while start < len(times) and times[start] < last:
        while end < len(times) and times[end] < times[start] + length:
            end += 1
        if end - start > best[1] - best[0]:
            best = (start, end)
        start += 1
    return best


def _test(
    view: View,
    scene: Scene,
    poll: Poll,
    weights: Sequence[float],
    start: int,
    end: int,
    length: int,
    looks: float,
    settings: VoteSettings,
) -> Window | None:
    """The window against the poll's own past and future: a review that just became the top one
    goes on getting votes, a bought burst ends. A gamma prior carries what the product leads to
    expect, so that the predictive distribution is a negative binomial."""
    opened = poll.ballots[start].ts
    before = weights[start], (opened - poll.since) / DAY
    after = weights[-1] - weights[end], (min(view.horizon, scene.until) - opened - length) / DAY
    rate, seen = max(
        ((FLURRY + votes) / (FLURRY / poll.rate + max(days, 0.0)), votes)
        for votes, days in (before, after)
    )
    inside = poll.ballots[start:end]
    # Of a sampled week the window holds a sample: so does what is expected of it.
    kept = len(inside) / (weights[end] - weights[start])
    expected = rate * length / DAY * kept
    shape = min(FLURRY + seen, settings.organic_shape)
    if tail(len(inside), expected, shape) * looks > settings.candidate_tail:
        return None
    voters = {b.voter for b in inside}
    expected *= scene.rush(opened, opened + length, voters)
    p = min(1.0, tail(len(inside), expected, shape) * looks)
    return Window(inside, expected, p, length) if p <= settings.candidate_tail else None


def drips(scene: Scene, side: str, settings: VoteSettings) -> list[Window]:
    """Reviews that got more votes of one kind over the whole time than others of the product."""
    found = []
    for cell in sorted(scene.cells):
        ballots = scene.cells[cell]
        if ballots[0].side != side or len(ballots) < DRIP_LEAST:
            continue
        length = max(scene.until - scene.exposed(cell[0]), DAY)
        expected = scene.rate_without(cell) * length / DAY
        p = tail(sum(b.weight for b in ballots), expected, FLURRY)
        if p <= settings.drip_tail:
            found.append(Window(ballots, expected, p, length))
    return found
