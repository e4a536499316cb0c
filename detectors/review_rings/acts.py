"""What an account reviewed, if it reviewed more than once: who did not can be no part of a ring
that shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from detectors.api import DAY, SECOND, Entry, Statement, View, scoped
from detectors.review_rings.tables import ACTS, HIGH, LOW, Act, ActRow, RingSettings
from detectors.tables import OWN_REVIEWS, POSTED, REVIEWER


def judge(view: View, settings: RingSettings) -> Iterator[Statement]:
    """Send each review of the focus on to its product, if its author was busy around it: with two
    others, or with one of the same mind."""
    months = ceil(settings.active_days * DAY / REVIEWER.bucket)
    rows = view.rows(OWN_REVIEWS, back=months, ahead=months)
    if len(rows) < 2:
        return
    posted = _apart([e for e in rows if e.row.what == POSTED and not e.row.programme])
    if len(posted) < 2:
        return
    near = round(settings.active_days * DAY)
    for e in posted:
        if view.start <= e.ts < view.end:
            around = [o for o in posted if abs(o.ts - e.ts) <= near]
            if len(around) < 2 or (len(around) == 2 and not _of_one_mind(around)):
                continue
            row = e.row
            act = Act(row.review_id, e.by, e.ts, row.rating, row.verified)
            key = scoped(row.marketplace, row.product_id)
            yield Statement(ACTS, key, e.by, e.ts, ActRow(view.key, act))


def _of_one_mind(posted: Sequence[Entry[Any]]) -> bool:
    ratings = [e.row.rating for e in posted]
    return bool(min(ratings) >= HIGH or max(ratings) <= LOW)


def _apart(posted: Sequence[Entry[Any]]) -> list[Entry[Any]]:
    """A review that is shown on all variants of a product is one act, on the first of them."""
    return [e for i, e in enumerate(posted) if not i or e.ts - posted[i - 1].ts >= SECOND]
