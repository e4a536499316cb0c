"""How strongly an identifier ties the accounts that share it.

Weights of several identifiers combine by noisy-or (Pearl, "Probabilistic Reasoning in Intelligent
Systems", 1988); an identifier says less the more accounts share it, after the inverse-frequency
weights of link prediction (Adamic and Adar, "Friends and neighbors on the Web", 2003).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from detectors.api import DAY
from detectors.seller_graph.settings import GraphSettings
from detectors.seller_graph.tables import (
    IDENTIFIED,
    Bond,
    LinkRow,
    PersonRow,
    Tie,
    User,
)
from detectors.seller_graph.ties import Standing, standing


class Kind(NamedTuple):
    """How widely an identifier may be shared: by `freely` accounts in full, from there falling
    with the `power` of their number, by more than `most` it ties nobody."""

    freely: int
    most: int
    power: int
    circle: int
    """Up to so many users know of each other: that several serve the seller is no chance."""
    personal: bool = True
    """It belongs to one person, not to a household or a network."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "tax_id": Kind(6, 24, 1, 24),
        "bank_account": Kind(6, 24, 1, 24),
        "payment_card": Kind(4, 12, 1, 8),
        "device": Kind(4, 12, 1, 8),
        "phone": Kind(4, 12, 1, 8),
        "email": Kind(4, 12, 1, 8),
        "address": Kind(4, 12, 2, 4, personal=False),
        "ip": Kind(2, 12, 2, 0, personal=False),
    }
)
MAX_BONDS = 6
REPEATED = 0.5
"""What a second identifier of the same type counts (factor): they often come together."""
UNSURE = 0.5
"""What an address counts that one of the two may have left the day it was seen there (factor)."""
HANDED_ON = 0.5
"""What a device or number counts that one of the two used only after the other (factor)."""


def bonds_of(
    account: str,
    own: Iterable[PersonRow],
    links: Iterable[LinkRow],
    at: int,
    horizon: int,
    settings: GraphSettings,
) -> dict[str, tuple[Bond, ...]]:
    """The bonds of an account with each seller at the time of an act, strongest first, by what was
    known before the horizon. Sellers with whom they are too weak together are left out."""
    grace = round(settings.grace_days * DAY)
    found: dict[str, list[Bond]] = {}
    for person in own:
        for seller, s in _standing(person, at, horizon, settings).items():
            bond = Bond("", "", 1, account, s.tie.tie, 1.0, s.weight, (_event(s.tie, account),))
            found.setdefault(seller, []).append(bond)
    for link in links:
        best: dict[str, Bond] = {}
        for seller, bond in _shared(account, link, at, horizon, grace, settings):
            if seller not in best or _strength(bond) > _strength(best[seller]):
                best[seller] = bond
        for seller, bond in best.items():
            found.setdefault(seller, []).append(bond)
    ranked = {s: tuple(sorted(bonds, key=_rank)[:MAX_BONDS]) for s, bonds in found.items()}
    return {s: bonds for s, bonds in ranked.items() if combined(bonds) >= settings.min_link}


def combined(bonds: Iterable[Bond]) -> float:
    """All bonds with one seller together (probability); a repeated type counts half each time."""
    seen: dict[str, int] = {}
    misses = []
    for bond in sorted(bonds, key=_rank):
        n = seen[bond.kind] = seen.get(bond.kind, -1) + 1
        misses.append(1.0 - _strength(bond) * REPEATED**n)
    return 1.0 - prod(misses)


def _strength(bond: Bond) -> float:
    return bond.weight * bond.tie_weight


def _rank(bond: Bond) -> tuple[float, str, str, str]:
    return (-_strength(bond), bond.kind, bond.node, bond.via)


def _standing(
    person: PersonRow, at: int, horizon: int, settings: GraphSettings
) -> dict[str, Standing]:
    grace = round(settings.grace_days * DAY)
    return standing(person.ties, at, horizon, declared=settings.declared, grace=grace)


def _event(tie: Tie, account: str) -> tuple[str, str, int, str]:
    return (tie.event_id, tie.source, tie.ts, account)


def _shared(
    account: str, link: LinkRow, at: int, horizon: int, grace: int, settings: GraphSettings
) -> Iterator[tuple[str, Bond]]:
    users = {u.account_id: u for u in link.users if u.since < horizon}
    me = users.get(account)
    crowd = crowding(link.kind, len(users))
    if me is None or not crowd:
        return
    standings = {
        p.account_id: _standing(p, at, horizon, settings)
        for p in link.people
        if p.account_id in users
    }
    for via, sellers in standings.items():
        other = users[via]
        kept = _still(link.kind, me, other, at, horizon, grace)
        for seller, s in sellers.items():
            # Where people of other sellers meet as well, it is a place, not a person.
            strangers = sum(bool(theirs) and seller not in theirs for theirs in standings.values())
            weight = getattr(settings, link.kind) * crowd * kept / (1 + strangers)
            if weight <= 0:
                continue
            evidence = (
                _event(s.tie, via),
                (other.event_id, IDENTIFIED, other.since, via),
                (me.event_id, IDENTIFIED, me.since, account),
            )
            yield (
                seller,
                Bond(link.kind, link.node, len(users), via, s.tie.tie, weight, s.weight, evidence),
            )


def crowding(kind: str, users: int) -> float:
    """What is left of an identifier's weight when `users` accounts share it (factor)."""
    k = KINDS[kind]
    if users > k.most:
        return 0.0
    return float(min(1.0, (k.freely / users) ** k.power))


def _still(kind: str, a: User, b: User, at: int, horizon: int, grace: int) -> float:
    """What a change of hands leaves of a weight (factor)."""
    if not (a.stays or b.stays):
        return 1.0
    if kind == "address":
        # A household lives together, still when the act is done: no former tenant, no next one.
        met = _overlap(_spans(a, horizon), _spans(b, horizon), 0)
        together = met and all(_lives(u, at, horizon, grace) for u in (a, b))
        if not together:
            return 0.0
        return UNSURE if a.unsure or b.unsure else 1.0
    return 1.0 if _overlap(_spans(a, horizon), _spans(b, horizon), grace) else HANDED_ON


def _spans(user: User, horizon: int) -> Sequence[tuple[int, int]]:
    """When it used the identifier, as far as is known before the horizon."""
    stays = user.stays or (user.since, 1 << 62)
    pairs = zip(stays[::2], stays[1::2], strict=True)
    return [
        (max(start, user.since), end if end < horizon else 1 << 62)
        for start, end in pairs
        if start < horizon
    ]


def _overlap(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]], grace: int) -> bool:
    return any(max(s, t) < min(e, f) + grace for s, e in a for t, f in b)


def _lives(user: User, at: int, horizon: int, grace: int) -> bool:
    if not user.stays:
        return True
    pairs = zip(user.stays[::2], user.stays[1::2], strict=True)
    return any(
        start - grace <= at and (end >= horizon or at < end)
        for start, end in pairs
        if start < horizon
    )
