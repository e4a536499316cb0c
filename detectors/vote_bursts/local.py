"""Candidates on one product: votes that its traffic does not explain, said to their voters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from detectors.api import HOUR, Statement, View, unscoped
from detectors.tables import VOTES
from detectors.vote_bursts.crews import as_crew, reunited
from detectors.vote_bursts.polls import Ballot, Scene
from detectors.vote_bursts.tables import (
    BALLOTS,
    BURST,
    CAMPAIGNS,
    CREW,
    DOWN,
    DRIP,
    FLAT,
    UP,
    BallotRow,
    CampaignRow,
    VoteSettings,
)
from detectors.vote_bursts.windows import DRIP_LEAST, LEAST, Poll, Window, bursts, drips

DRIP_WEEKS = 3
"""Every so many weeks the whole window is looked at for drips; looks overlap by far."""
MAX_MEMBERS, MAX_CONTROLS = 48, 32
MAX_VOTES = 8
MAX_FLAT = 2


def judge(view: View, settings: VoteSettings) -> Iterator[Statement]:
    """Say each candidate to the product's listing, and its voters and a control group to their own
    keys."""
    parts = view.parts(VOTES, back=0, ahead=0)
    long = view.focus % DRIP_WEEKS == 0
    counts = view.counts(VOTES, back=0, ahead=1)
    now = {p: counts[p] for p in parts}
    if sum(now.values()) < LEAST and not (long and _many(view, parts)):
        return
    scene = Scene(view, now)
    crews = {side: reunited(scene, side) for side in (UP, DOWN)}
    for side in sorted(scene.sides):
        crew = crews.get(side, set())
        for name, windows in _targets(view, scene, side, settings):
            # Camouflage on a review of no side is not a case of its own.
            mine = crews[UP] | crews[DOWN] if side == FLAT else set()
            if windows and not any(_mostly(w, mine) for w in windows):
                yield from _campaign(view, scene, name, BURST, windows, crew)
        if not long or side == FLAT:
            continue
        if len(crew) >= LEAST:
            yield from _campaign(view, scene, side, CREW, [as_crew(scene, side, crew)], crew)
        elif windows := drips(scene, side, settings):
            yield from _campaign(view, scene, side, DRIP, windows, crew)


def _mostly(window: Window, voters: set[str]) -> bool:
    return sum(b.voter in voters for b in window.ballots) * 2 >= len(window.ballots)


def _many(view: View, parts: Sequence[str]) -> bool:
    counts = view.counts(VOTES)
    return any(counts[p] >= DRIP_LEAST for p in parts)


def _targets(
    view: View, scene: Scene, side: str, settings: VoteSettings
) -> Iterator[tuple[str, list[Window]]]:
    """What a burst is done to: the reviews of one side, or a review of none."""
    cells = {c: scene.cells[c] for c in scene.own_cells if scene.cells[c][0].side == side}
    looks = len(cells)
    polls = [
        Poll(ballots, scene.exposed(cell[0]), scene.cell_rate(cell, view.start))
        for cell, ballots in cells.items()
        if len(ballots) >= LEAST
    ]
    if side != FLAT:
        whole = scene.sides[side]
        if len(cells) > 1:
            looks += 1
            if len(whole) >= LEAST:
                polls.append(Poll(whole, scene.since, scene.side_rate(side)))
        yield side, list(bursts(view, scene, polls, looks, settings))
        return
    found: dict[str, list[Window]] = {}
    for window in bursts(view, scene, polls, looks, settings):
        found.setdefault(window.ballots[0].review, []).append(window)
    for review in sorted(found, key=lambda r: (min(w.tail for w in found[r]), r))[:MAX_FLAT]:
        yield f"{FLAT}\x1f{review}", found[review]


def _campaign(
    view: View, scene: Scene, side: str, kind: str, windows: Sequence[Window], crew: set[str]
) -> Iterator[Statement]:
    best = min(windows, key=lambda w: (w.tail, w.length, w.ballots[0].by))
    # One unlikely window is no reason to name the voters of a barely unlikely one beside it.
    telling = [w for w in windows if kind != BURST or w.tail <= best.tail**0.5]
    fullest = max(telling, key=lambda w: (len(w.ballots), w.length))
    ballots = sorted({b.by: b for w in telling for b in w.ballots}.values(), key=_order)
    reviews = {b.review for b in ballots}
    votes = Counter(b.vote for b in ballots)
    main = min(votes, key=lambda v: (-votes[v], v))
    reported = {b.review for b in ballots if b.vote == "report_abuse"}
    row = CampaignRow(
        campaign=f"{side}\x1f{kind}\x1f{view.focus}",
        product_id=unscoped(view.key)[1],
        side=side,
        kind=kind,
        votes=len(crew) if kind == CREW else len(fullest.ballots),
        expected=fullest.expected,
        tail=best.tail,
        hours=best.length / HOUR,
        first_ts=ballots[0].ts,
        last_ts=ballots[-1].ts,
        voters=len({b.voter for b in ballots}),
        vote=main,
        young=2 * sum(scene.young(b) for b in best.ballots) > len(best.ballots),
        reports=main == "report_abuse" and len(reviews) == 1,
        removed=bool(reported & scene.heads.removed),
        orders_known=scene.orders_known,
    )
    yield Statement(CAMPAIGNS, view.key, row.campaign, view.start, row)
    yield from _ballots(view, scene, row, ballots, crew)


def _ballots(
    view: View, scene: Scene, campaign: CampaignRow, ballots: Sequence[Ballot], crew: set[str]
) -> Iterator[Statement]:
    """The members of a campaign and a control group, each to its own key."""
    voters = {b.voter for b in ballots}
    members = islice((v for v in scene.voters if v in voters), MAX_MEMBERS)
    controls = islice((v for v in scene.voters if v not in voters), MAX_CONTROLS)
    cast: dict[str, list[Ballot]] = {v: [] for v in (*members, *controls)}
    for b in (*ballots, *(b for b in scene.ballots if b.voter not in voters)):
        if b.voter in cast:
            cast[b.voter].append(b)
    marketplace, product_id = unscoped(view.key)
    for voter, own in cast.items():
        authors = {scene.heads.author.get(b.review, b.review) for b in own}
        shown = own[:MAX_VOTES] if voter in voters else []
        row = BallotRow(
            campaign=campaign.campaign,
            marketplace=marketplace,
            product_id=product_id,
            side=campaign.side,
            member=voter in voters,
            voters=campaign.voters,
            first_ts=own[0].ts,
            one_sided=voter in scene.one_sided,
            reunited=voter in crew,
            authors=tuple(sorted(authors))[:MAX_VOTES],
            votes=tuple((b.by, b.ts, b.review, b.vote) for b in shown),
        )
        yield Statement(BALLOTS, voter, campaign.campaign, view.start, row)


def _order(ballot: Ballot) -> tuple[int, str]:
    return ballot.ts, ballot.by
