"""What an account that is tied to sellers reviews and votes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detectors.api import Entry, Statement, View, scoped
from detectors.seller_graph.exceptions import Exceptions
from detectors.seller_graph.links import bonds_of
from detectors.seller_graph.settings import GraphSettings
from detectors.seller_graph.tables import (
    LINKED_ACTS,
    LINKS,
    OWN_TIES,
    SEPARATOR,
    Act,
    LinkedActRow,
    Side,
)
from detectors.tables import OWN_ORDERS, OWN_REVIEWS, OWN_VOTES, REMOVED, TYPE_OF, say_of

VOTE_CAST = "vote.cast"
MAX_SELLERS = 32

Rows = list[Entry[Any]]


def judge(view: View, settings: GraphSettings, known: Exceptions) -> Iterator[Statement]:
    """Send each act on to the listing of its product, with the actor's bonds at that time."""
    links, own = view.rows(LINKS), view.rows(OWN_TIES)
    if not links and not own:
        return
    people, shared = [e.row for e in own], [e.row for e in links]
    for act in (*_reviews(view), *_votes(view)):
        plain, excused = known.part(shared, act.ts)
        bonds = bonds_of(view.key, people, plain, act.ts, view.horizon, settings)
        others = bonds_of(view.key, (), excused, act.ts, view.horizon, settings) if excused else {}
        sellers = sorted(bonds.keys() | others.keys())[:MAX_SELLERS]
        if sellers:
            sides = tuple(Side(s, bonds.get(s, ()), others.get(s, ())) for s in sellers)
            key = scoped(act.marketplace, act.product_id)
            element = SEPARATOR.join((act.review_id, act.vote))
            yield Statement(LINKED_ACTS, key, element, act.ts, LinkedActRow(act, sides))


def _reviews(view: View) -> Iterator[Act]:
    """One act a review written or rewritten in the focus, as it reads at the horizon."""
    own = [e for e in view.rows(OWN_REVIEWS, back=0, ahead=0) if e.row.what != REMOVED]
    if not own:
        return
    reviews: dict[tuple[str, str], Rows] = {}
    for e in view.rows(OWN_REVIEWS):
        if e.row.what != REMOVED:
            reviews.setdefault((e.row.marketplace, e.row.review_id), []).append(e)
    bought = {
        (e.row.marketplace, e.row.product_id, e.ts)
        for e in view.rows(OWN_ORDERS)
        if e.row.paid_price > 0
    }
    seen: set[tuple[str, str]] = set()
    for e in own:
        row = e.row
        name = (row.marketplace, row.review_id)
        if name in seen:
            continue
        seen.add(name)
        versions = reviews[name]
        product = (row.marketplace, row.product_id)
        yield Act(
            actor=view.key,
            marketplace=row.marketplace,
            product_id=row.product_id,
            review_id=row.review_id,
            event_id=e.by,
            type=TYPE_OF[row.what],
            ts=e.ts,
            rating=versions[-1].row.rating,
            bought=any(v.row.verified for v in versions)
            or any((m, p) == product and ts <= e.ts for m, p, ts in bought),
            programme=max(v.row.programme for v in versions),
            seller_id=max(v.row.seller_id for v in versions),
            reviews=len(reviews),
        )


def _votes(view: View) -> Iterator[Act]:
    """The votes of the focus that stand at the horizon: a later say replaces them."""
    own = view.rows(OWN_VOTES, back=0, ahead=0)
    if not own:
        return
    last = {_say(e): e for e in view.rows(OWN_VOTES, back=0)}
    for e in own:
        row = e.row
        if row.cast and last[_say(e)] is e:
            yield Act(
                actor=view.key,
                marketplace=row.marketplace,
                product_id=row.product_id,
                review_id=row.review_id,
                event_id=e.by,
                type=VOTE_CAST,
                ts=e.ts,
                vote=row.vote,
            )


def _say(entry: Entry[Any]) -> tuple[str, str, str]:
    row = entry.row
    return (row.marketplace, row.review_id, say_of(row.vote))
