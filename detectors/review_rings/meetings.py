"""Who met on one product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detectors.api import DAY, Entry, Statement, View, unscoped
from detectors.review_rings.tables import (
    ACTS,
    COMPANY,
    HIGH,
    LOW,
    ActRow,
    CompanyRow,
    Page,
    RingSettings,
)
from detectors.tables import HEADS, LISTINGS, POSTED


def judge(view: View, settings: RingSettings) -> Iterator[Statement]:
    """Tell each author of the focus in whose company it reviewed the product: of those next to it
    in time, so that a crowd makes no more than a handful of meetings for each."""
    rows = view.rows(ACTS, ahead=1)
    if len(rows) < 2:
        return
    acts = _authors(rows)
    window, rush = round(settings.meet_days * DAY), round(settings.rush_days * DAY)
    marketplace, product_id = unscoped(view.key)
    page: Page | None = None
    for i, row in enumerate(acts):
        act = row.act
        if not act.side or not view.start <= act.ts < view.end:
            continue
        around = acts[max(0, i - settings.nearest) : i + settings.nearest + 1]
        company = [o for o in around if abs(o.act.ts - act.ts) <= window and o is not row]
        if len(company) == 2 * settings.nearest:
            # A crowd: only who came with it in a rush.
            company = [o for o in company if abs(o.act.ts - act.ts) <= rush]
        agreed = sorted(o.account_id for o in company if o.act.side == act.side)
        if len(agreed) >= settings.company:
            page = page or _page(view, product_id)
            differed = sorted(o.account_id for o in company if o.act.side != act.side)
            told = CompanyRow(marketplace, page, act, tuple(agreed), tuple(differed))
            yield Statement(COMPANY, row.account_id, view.key, act.ts, told)


def _authors(rows: Sequence[Entry[ActRow]]) -> list[ActRow]:
    """The first act of each account, in the order of time."""
    first: dict[str, ActRow] = {}
    for e in rows:
        first.setdefault(e.row.account_id, e.row)
    return list(first.values())


def _page(view: View, product_id: str) -> Page:
    posted = [e for e in view.rows(HEADS, back=1, ahead=1) if e.row.what == POSTED]
    listings = view.rows(LISTINGS)
    listing = listings[-1].row if listings else None
    return Page(
        product_id,
        listing.url if listing else "",
        listing.seller_id if listing else "",
        listing.category if listing else "",
        reviews=len(posted),
        praise=sum(e.row.rating >= HIGH for e in posted),
        blame=sum(e.row.rating <= LOW for e in posted),
        verified=sum(e.row.verified for e in posted),
        span=posted[-1].ts - posted[0].ts if posted else 0,
    )
