"""What is usual: of the other sellers lately, how often money met praise or a change of mind, and
how often a bad review went away once the seller had written."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from detectors.api import Finding, Statement, View
from detectors.compensation.tables import (
    CHANGE,
    DEEDS,
    PRAISE,
    REMOVAL,
    USUAL,
    DeedRow,
    UsualRow,
)

ASKING = frozenset({PRAISE, CHANGE, REMOVAL})


def judge(view: View) -> Iterator[Statement | Finding]:
    """Tell each seller who has something to be judged this month what the others' deeds show;
    every seller counts once, whatever it did, so that one that cheats moves little."""
    asking = {e.row.seller_id for e in view.rows(DEEDS, back=0, ahead=0) if e.row.shows in ASKING}
    if not asking:
        return
    gifts: dict[str, list[DeedRow]] = {}
    turns: dict[str, list[DeedRow]] = {}
    for entry in view.rows(DEEDS):
        deeds = gifts if entry.row.is_gift else turns
        deeds.setdefault(entry.row.seller_id, []).append(entry.row)
    praise, change = _shares(gifts, PRAISE), _shares(gifts, CHANGE)
    removal = _shares(turns, REMOVAL)
    priced = {s: [r.whole for r in rows if r.whole >= 0] for s, rows in gifts.items()}
    whole = {s: sum(shares) / len(shares) for s, shares in priced.items() if shares}
    for seller in sorted(asking):
        row = UsualRow(
            view.key,
            len(gifts) - (seller in gifts),
            _of_others(praise, seller),
            _of_others(change, seller),
            len(turns) - (seller in turns),
            _of_others(removal, seller),
            len(whole) - (seller in whole),
            _of_others(whole, seller),
        )
        yield Statement(USUAL, seller, view.key, view.start, row)


def _shares(deeds: dict[str, list[DeedRow]], shows: str) -> dict[str, float]:
    return {s: sum(r.shows == shows for r in rows) / len(rows) for s, rows in deeds.items()}


def _of_others(shares: dict[str, float], seller: str) -> float:
    return round(fsum(sorted(v for s, v in shares.items() if s != seller)), 3)
