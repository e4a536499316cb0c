"""Whom an account met again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from detectors.api import Statement, View
from detectors.review_rings.tables import COMPANY, PEERS, CompanyRow, PeerRow, RingSettings, Visit

MAX_COMPANIONS = 48
MAX_VISITS = 32
STRONG = 4
"""From how many agreements on all companions are kept alike (count)."""


def judge(view: View, settings: RingSettings) -> Iterator[Statement]:
    """Tell a marketplace of an account that has companions there."""
    rows = view.rows(COMPANY)
    if len(rows) < settings.meetings:
        return
    met = Counter((e.row.marketplace, name) for e in rows for name in e.row.agreed)
    again = {at for at, n in met.items() if n >= settings.meetings}
    if not again:
        return
    for place in sorted({place for place, _ in again}):
        names = {name for there, name in again if there == place}
        visits = [
            e
            for e in rows
            if e.row.marketplace == place
            and not (names.isdisjoint(e.row.agreed) and names.isdisjoint(e.row.differed))
        ]
        last = visits[-1].ts
        if last >= view.start:
            ranked = sorted(names, key=lambda name: (-met[place, name], name))[:MAX_COMPANIONS]
            peer = PeerRow(
                view.key,
                tuple((name, met[place, name]) for name in ranked),
                tuple(_visit(e.row, names) for e in visits[-MAX_VISITS:]),
            )
            part = str(min(STRONG, peer.companions[0][1]))
            yield Statement(PEERS, place, view.key, last, peer, part)


def _visit(row: CompanyRow, companions: set[str]) -> Visit:
    return Visit(row.page, row.act, tuple(n for n in row.differed if n in companions))
