"""What an account reviewed, if it reviewed more than once: who did not can be no part of a ring
that shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from detectors.api import DAY, SECOND, Entry, Statement, View, scoped
from detectors.review_rings.tables import ACTS, Act, ActRow, RingSettings
from detectors.tables import OWN_REVIEWS, POSTED


def judge(view: View, settings: RingSettings) -> Iterator[Statement]:
    """Send each review of the focus on to its product."""
    rows = view.rows(OWN_REVIEWS)
    if len(rows) < 2:
        return
    posted = _apart([e for e in rows if e.row.what == POSTED and not e.row.programme])
    near = round(settings.active_days * DAY)
    for i, e in enumerate(posted):
        if view.start <= e.ts < view.end and (
            (i and e.ts - posted[i - 1].ts <= near)
            or (i + 1 < len(posted) and posted[i + 1].ts - e.ts <= near)
        ):
            row = e.row
            act = Act(row.review_id, e.by, e.ts, row.rating, row.verified)
            key = scoped(row.marketplace, row.product_id)
            yield Statement(ACTS, key, e.by, e.ts, ActRow(view.key, act))


def _apart(posted: Sequence[Entry[Any]]) -> list[Entry[Any]]:
    """A review that is shown on all variants of a product is one act, on the first of them."""
    return [e for i, e in enumerate(posted) if not i or e.ts - posted[i - 1].ts >= SECOND]
