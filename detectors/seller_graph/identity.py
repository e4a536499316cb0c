"""Judgements of accounts and identifiers: who is tied to sellers, and who shares what with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from detectors.api import DAY, Entry, Statement, View, digest
from detectors.seller_graph.links import KINDS
from detectors.seller_graph.tables import (
    EVER,
    LINKS,
    MOVING,
    OWN_TIES,
    PEOPLE,
    SIGHTINGS,
    STAYS,
    TIES,
    USERS,
    LinkRow,
    PersonRow,
    StaysRow,
    Tie,
    User,
    identifier_key,
)

MAX_TIES = 64
MAX_STAYS = 16
NEVER = -EVER


def account(view: View) -> Iterator[Statement]:
    """Tell an account that is tied to sellers so, and its identifiers too; tell identifiers that
    it moved on from when it used them."""
    ties = view.rows(TIES)
    if any(e.row and e.row.seller_id for e in ties):
        person = PersonRow(view.key, tuple(_tie(e) for e in ties[:MAX_TIES]))
        since = ties[0].ts
        yield Statement(OWN_TIES, view.key, "", since, person)
        for kind in view.parts(SIGHTINGS):
            for identifier in sorted({e.row.identifier for e in view.rows(SIGHTINGS, kind)}):
                yield Statement(PEOPLE, identifier_key(kind, identifier), "", since, person)
    for kind in view.parts(SIGHTINGS):
        if kind in MOVING:
            yield from _moves(view, kind)


def _tie(entry: Entry[Any]) -> Tie:
    row = entry.row
    return Tie(row.source, row.seller_id, row.tie, row.until, entry.ts, entry.by)


def _moves(view: View, kind: str) -> Iterator[Statement]:
    sightings = [(e.ts, e.row.identifier) for e in view.rows(SIGHTINGS, kind)]
    for identifier in sorted({i for _, i in sightings}):
        stays = _stays(sightings, identifier)
        if len(stays) > 2 or stays[0] != NEVER or stays[1] != EVER:
            row = StaysRow(view.key, stays[:MAX_STAYS], _unsure(sightings, identifier))
            yield Statement(STAYS, identifier_key(kind, identifier), "", sightings[0][0], row)


def _stays(sightings: Sequence[tuple[int, str]], identifier: str) -> tuple[int, ...]:
    """Starts and ends in turn: from a sighting with it to the next one with another. The first of
    its kind was used before it was seen."""
    stays: list[int] = []
    for i, (ts, seen) in enumerate(sightings):
        inside = len(stays) % 2 == 1
        if seen == identifier and not inside:
            stays.append(ts if i else NEVER)
        elif seen != identifier and inside:
            stays.append(ts)
    return tuple(stays) if len(stays) % 2 == 0 else (*stays, EVER)


def _unsure(sightings: Sequence[tuple[int, str]], identifier: str) -> bool:
    """Whether every time it was seen with it, it was seen with another within a day."""
    others = [ts for ts, seen in sightings if seen != identifier]
    return all(
        any(abs(ts - other) < DAY for other in others)
        for ts, seen in sightings
        if seen == identifier
    )


def identifier(view: View) -> Iterator[Statement]:
    """Tell each user of an identifier which of a seller's people use it as well.

    Only the first users can be tied by it: a later one finds it too widely shared already.
    """
    rows = view.rows(PEOPLE)
    kind = view.key.partition("\x1f")[0]
    if not rows or kind not in KINDS:
        return
    limit = KINDS[kind].most + 1
    known = {e.row.account_id: e.row for e in view.rows(STAYS)}
    users = tuple(_user(e, known.get(e.row.account_id)) for e in view.rows(USERS)[:limit])
    early = {u.account_id for u in users}
    people = sorted((e.row for e in rows if e.row.account_id in early), key=lambda p: p.account_id)
    node = digest(view.key)
    for user in users:
        others = tuple(p for p in people if p.account_id != user.account_id)
        if others:
            link = LinkRow(kind, node, users, others)
            yield Statement(LINKS, user.account_id, node, user.since, link)


def _user(entry: Entry[Any], moved: StaysRow | None) -> User:
    account = entry.row.account_id
    if moved is None:
        return User(account, entry.ts, entry.by)
    return User(account, entry.ts, entry.by, moved.stays, moved.unsure)
