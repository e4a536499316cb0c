"""The buyers of a seller in groups: how each felt before it was asked, and whether it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.api import DAY, Entry, Table, View
from detectors.review_requests.settings import RequestSettings
from detectors.review_requests.tables import ASKED, SOLD, TOLD, UNDONE, AskRow, SoldRow, ToldRow
from detectors.text.moods import HAPPY

CONTENT, DISCONTENT, NEUTRAL, MUTE = "content", "discontent", "neutral", "mute"
"""Wrote in happy; wrote in with a complaint; wrote in otherwise; only bought."""
SETTLED = "settled"
"""Wrote in, was paid back and was not asked: nobody asks for a review of what was undone, but one
who asks in answer to any message would have."""

Counts = tuple[int, int]
"""Asked, of."""


@dataclass(frozen=True)
class Buyer:
    """One buyer: the group, the event that put it there, and the request, if there was one."""

    buyer_id: str
    group: str
    month: int
    event_id: str
    event_ts: int
    ask: Entry[AskRow] | None


@dataclass
class Groups:
    """The buyers of one marketplace that could have been asked."""

    buyers: list[Buyer] = field(default_factory=list)

    def counts(self, month: int, *groups: str) -> Counts:
        """How many of these groups were asked, and how many there were."""
        own = [b for b in self.buyers if b.month == month and b.group in groups]
        return sum(b.ask is not None for b in own), len(own)

    def total(self, *groups: str) -> Counts:
        """The same over all months."""
        own = [b for b in self.buyers if b.group in groups]
        return sum(b.ask is not None for b in own), len(own)

    @property
    def months(self) -> list[int]:
        """Those in which there are buyers."""
        return sorted({b.month for b in self.buyers})

    def named(self, group: str, *, asked: bool) -> list[Buyer]:
        """The buyers of a group who were asked, or were not, in order of time."""
        own = [b for b in self.buyers if b.group == group and (b.ask is not None) == asked]
        return sorted(own, key=lambda b: (b.event_ts, b.event_id, b.buyer_id))


def enough(view: View, settings: RequestSettings) -> set[str]:
    """Marketplaces where enough buyers wrote in, happy or not; cheap, for most sellers' months
    end here."""
    told = view.rows(TOLD)
    if len(told) < settings.min_told:
        return set()
    minds = {(e.row.marketplace, e.row.buyer_id, e.row.mood) for e in told if e.row.mood}
    counts = Counter((place, mood) for place, _, mood in minds)
    return {place for (place, _), count in counts.items() if count >= settings.min_told}


def groups_of(view: View, place: str, settings: RequestSettings) -> Groups:
    """The buyers from the seller's first request on, but for those who may still be asked: they are
    censored, as in a study of survival.

    A buyer asked before it complained is a neutral one: nobody knew.
    """
    asks: list[Entry[AskRow]] = [e for e in view.rows(ASKED) if e.row.marketplace == place]
    groups = Groups()
    if not asks:
        return groups
    patience, width = round(settings.patience_days * DAY), view.end - view.start
    # What is older than a month before the focus may have been asked for out of sight.
    first, last = max(asks[0].ts - patience, view.start - width), asks[-1].ts - patience
    told: dict[str, list[Entry[ToldRow]]] = {}
    for entry in view.rows(TOLD):
        if entry.row.marketplace == place:
            told.setdefault(entry.row.buyer_id, []).append(entry)
    asked: dict[str, list[Entry[AskRow]]] = {}
    for request in asks:
        asked.setdefault(request.row.buyer_id, []).append(request)
    sold = _latest(view, SOLD, place)
    undone = _latest(view, UNDONE, place)
    for buyer_id in sorted({*told, *asked, *sold}):
        letters, requests = told.get(buyer_id, ()), asked.get(buyer_id, ())
        group, by, ts = _group(letters, requests)
        if group == MUTE:
            if buyer_id in sold:
                by, ts = sold[buyer_id].by, sold[buyer_id].ts
            elif requests:
                by, ts = requests[0].by, requests[0].ts
        late = [r for r in requests if group in (MUTE, NEUTRAL) or r.ts >= ts]
        ask = late[0] if late else None
        if ts < first or (ask is None and ts > last):
            continue
        if ask is None and buyer_id in undone:
            if group == MUTE:
                continue
            group = SETTLED
        groups.buyers.append(Buyer(buyer_id, group, ts // width, by, ts, ask))
    return groups


def _latest(view: View, table: Table, place: str) -> dict[str, Entry[SoldRow]]:
    latest: dict[str, Entry[SoldRow]] = {}
    for of_month in view.each(table, _by_buyer, place):
        latest.update(of_month)
    return latest


def _by_buyer(rows: Sequence[Entry[SoldRow]], place: str) -> dict[str, Entry[SoldRow]]:
    return {e.row.buyer_id: e for e in rows if e.row.marketplace == place}


def _group(
    letters: Sequence[Entry[ToldRow]], requests: Sequence[Entry[AskRow]]
) -> tuple[str, str, int]:
    """The group, and the event that tells; letters and requests in order of time."""
    known = [m for m in letters if m.row.mood and (not requests or m.ts <= requests[-1].ts)]
    if known:  # the last word: a complaint that was mended is none any more
        last = known[-1]
        return (CONTENT if last.row.mood == HAPPY else DISCONTENT), last.by, last.ts
    if letters:
        return NEUTRAL, letters[0].by, letters[0].ts
    return MUTE, "", 0
