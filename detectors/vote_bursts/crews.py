"""Voters who come together on one product again and again.

A visitor votes on what a page shows once. The same voters on one review this week and on another
the next are seldom chance, however many visitors the product has.
"""

from __future__ import annotations

from itertools import combinations, islice

from detectors.api import DAY
from detectors.vote_bursts.evidence import tail
from detectors.vote_bursts.polls import Ballot, Scene
from detectors.vote_bursts.windows import Window

MEET = 4 * DAY
"""Two voters meet on a review when their votes are no further apart."""
APART = DAY
"""Two meetings of the same voters are this far apart at least, else they are one visit."""
MAX_RETURNING = 128
CHANCE, CHANCE_EACH = 0.05, 0.01
"""Voters that meet again by chance: some, and of each voter of the side."""


def reunited(scene: Scene, side: str) -> set[str]:
    """Voters of a side who met one and the same other voter on several reviews, at different
    times."""
    own = scene.sides.get(side, ())
    if len({b.voter for b in own}) == len(own):
        return set()
    votes: dict[str, list[Ballot]] = {}
    for b in own:
        votes.setdefault(b.voter, []).append(b)
    returning = sorted(v for v, bs in votes.items() if bs[-1].ts - bs[0].ts >= APART)
    if len(returning) > MAX_RETURNING:
        some = set(returning)
        returning = list(islice((v for v in scene.voters if v in some), MAX_RETURNING))
    reviews: dict[str, list[Ballot]] = {}
    for voter in returning:
        for b in votes[voter]:
            reviews.setdefault(b.review, []).append(b)
    meetings: dict[tuple[str, str], list[int]] = {}
    for ballots in reviews.values():
        for a, b in combinations(ballots, 2):
            if abs(a.ts - b.ts) <= MEET and a.voter != b.voter:
                pair = (min(a.voter, b.voter), max(a.voter, b.voter))
                meetings.setdefault(pair, []).append(max(a.ts, b.ts))
    return {
        voter
        for pair, times in meetings.items()
        if max(times) - min(times) >= APART
        for voter in pair
    }


def as_crew(scene: Scene, side: str, crew: set[str]) -> Window:
    """What a crew did for a side, as a window, with those who are on reviews that are mostly the
    crew's: the expectation is how many would meet again by chance among so many voters."""
    reviews: dict[str, list[Ballot]] = {}
    for b in scene.sides[side]:
        reviews.setdefault(b.review, []).append(b)
    ballots: list[Ballot] = []
    for on_review in reviews.values():
        own = [b for b in on_review if b.voter in crew]
        ballots += on_review if len(own) * 2 >= len(on_review) else own
    expected = CHANCE + CHANCE_EACH * len({b.voter for bs in reviews.values() for b in bs})
    times = [b.ts for b in ballots]
    length = max(max(times) - min(times), DAY)
    return Window(ballots, expected, tail(len(crew), expected, 1.0), length)
