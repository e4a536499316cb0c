"""What the people of a seller did in a month becomes findings on the seller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import msgspec

from detectors.allowed import Allowed, Facts
from detectors.api import EvidenceRow, Finding, View
from detectors.seller_graph.conduct import CEILING, evidence_of, of_review, of_votes, serves
from detectors.seller_graph.exceptions import Exceptions
from detectors.seller_graph.graph import Tied, tied
from detectors.seller_graph.settings import GraphSettings
from detectors.seller_graph.tables import LEAVES, SELLER_ACTS, SellerActRow, leaf
from schemas.events import moment

NAME = "seller_graph"
MAX_EVIDENCE = 60
MAX_NAMED = 1000


@dataclass(frozen=True)
class Charge:
    """One act held against the seller."""

    row: SellerActRow
    tied: Tied
    score: float
    serving: int
    """How many of the actor's reviews around serve the seller."""

    @property
    def clause(self) -> str:
        """The clause it breaks."""
        if self.row.act.vote:
            return "vote_manipulation"
        return "self_review" if self.tied.is_seller else "insider_review"

    @property
    def about(self) -> str:
        """What it is about: votes, the own products or a rival's."""
        if self.row.act.vote:
            return "vote"
        return "own" if self.row.own else "rival"


def judge(view: View, settings: GraphSettings, known: Exceptions) -> Iterator[Finding]:
    """One finding a month for each clause, marketplace and kind of act."""
    if not view.rows(SELLER_ACTS, back=0, ahead=0):
        return
    leaves = {(e.row.marketplace, e.row.category) for e in view.rows(LEAVES)}
    rows: list[SellerActRow] = [
        e.row
        for e in view.rows(SELLER_ACTS)
        if e.row.own or (e.row.act.marketplace, leaf(e.row.category)) in leaves
    ]
    if not any(view.start <= row.act.ts < view.end for row in rows):
        return
    groups = _grouped(view, settings, [row for row in rows if known.counts(row)])
    for at in sorted(groups):
        yield _finding(view, groups[at])
    if known:
        yield from _notes(view, settings, rows, groups, known)


Groups = dict[tuple[str, str, str], list[Charge]]
"""Charges by marketplace, clause and what they are about."""


def _grouped(view: View, settings: GraphSettings, rows: Sequence[SellerActRow]) -> Groups:
    groups: Groups = {}
    for charge in _charges(view, rows) if rows else ():
        act = charge.row.act
        if charge.score >= settings.report_from and view.start <= act.ts < view.end:
            at = (act.marketplace, charge.clause, charge.about)
            groups.setdefault(at, []).append(charge)
    return groups


def _notes(
    view: View,
    settings: GraphSettings,
    rows: Sequence[SellerActRow],
    groups: Groups,
    known: Exceptions,
) -> Iterator[Finding]:
    """Which exceptions mattered, by marketplace and clause: without them more acts would be named,
    or the same ones more surely."""
    named = {_name(c): c.score for charges in groups.values() for c in charges}
    acts: dict[tuple[str, str], dict[Allowed, list[int]]] = {}
    strict = [msgspec.structs.replace(row, bonds=row.bonds + row.excused) for row in rows]
    for (marketplace, clause, _), charges in _grouped(view, settings, strict).items():
        for charge in charges:
            if charge.score > named.get(_name(charge), 0.0):
                for each in known.behind(charge.row):
                    at = acts.setdefault((marketplace, clause), {}).setdefault(each, [])
                    at.append(charge.row.act.ts)
    for (marketplace, clause), told in sorted(acts.items()):
        times = [ts for each in told.values() for ts in each]
        notes = sorted((f"allowed.{each.kind}", each.facts, len(at)) for each, at in told.items())
        text, facts, count = notes[0]
        yield Finding(
            detector=NAME,
            clause=clause,
            marketplace=marketplace,
            subject_type="seller",
            subject_id=view.key,
            score=0.0,
            text=text,
            first_ts=min(times),
            last_ts=max(times),
            about="allowed",
            facts=(*facts, ("count", count)),
            allowed=tuple(notes),
        )


def _name(charge: Charge) -> tuple[str, str, str, str, str]:
    act = charge.row.act
    return (act.marketplace, charge.clause, act.actor, act.review_id, act.vote)


def _charges(view: View, rows: Sequence[SellerActRow]) -> Iterator[Charge]:
    acts: dict[str, list[SellerActRow]] = {}
    for row in rows:
        acts.setdefault(row.act.actor, []).append(row)
    for account, person in tied(view.key, rows).items():
        own = acts[account]
        odds = evidence_of(person, own)
        votes = of_votes(own, odds)
        serving = len({r.act.review_id for r in own if not r.act.vote})
        for row in own:
            if not row.act.vote:
                yield Charge(row, person, of_review(row, odds), serving)
            elif serves(row):
                yield Charge(row, person, votes, serving)


def _finding(view: View, charges: Sequence[Charge]) -> Finding:
    best: dict[str, float] = {}
    for c in charges:
        best[c.tied.account] = max(best.get(c.tied.account, 0.0), c.score)
    ranked = sorted(charges, key=lambda c: (-c.score, c.tied.account, c.row.act.ts, c.row.act.type))
    lead = ranked[0]
    named = ranked[:MAX_NAMED]
    actors = {c.tied.account for c in named}
    acts = [c.row.act for c in named]
    return Finding(
        detector=NAME,
        clause=lead.clause,
        marketplace=lead.row.act.marketplace,
        subject_type="seller",
        subject_id=view.key,
        score=min(CEILING, 1.0 - prod(1.0 - best[account] for account in sorted(best))),
        text=f"graph.{lead.about}.{_form(lead.tied)}",
        about=lead.about,
        facts=_facts(view.key, lead, ranked),
        first_ts=min(a.ts for a in acts),
        last_ts=max(a.ts for a in acts),
        sellers=(view.key,),
        products=tuple(sorted({(c.row.act.product_id, c.row.url) for c in named})),
        reviews=tuple(sorted({a.review_id for a in acts})),
        accounts=tuple(sorted(actors)),
        affected_sellers=tuple(sorted({c.row.owner for c in named if not c.row.own})),
        affected_accounts=tuple(
            sorted({c.row.author for c in named if c.row.author} - actors),
        ),
        evidence=_evidence(view.key, ranked),
    )


def _form(tied: Tied) -> str:
    return {1: "direct", 3: "shared"}.get(len(tied.path), "chain")


def _facts(seller: str, lead: Charge, charges: Sequence[Charge]) -> Facts:
    path, rows = lead.tied.path, [c.row for c in charges]
    shared = len(path) > 1
    days = sorted(moment(r.act.ts).date().isoformat() for r in rows)
    return (
        ("seller", seller),
        ("actor", lead.tied.account),
        ("tie", f"@tie.{lead.tied.tie}"),
        ("person", lead.tied.person),
        ("identifier", f"@shared.{path[0].label}" if shared else ""),
        ("via", path[1].end[1] if shared else ""),
        ("users", path[0].users),
        ("identifiers", lead.tied.identifiers),
        ("accounts", len({c.tied.account for c in charges})),
        ("acts", len(rows)),
        ("products", len({r.act.product_id for r in rows})),
        ("stars", sum(r.stars for r in rows) / len(rows)),
        ("own", sum(r.own for r in rows)),
        ("rival", sum(not r.own for r in rows)),
        ("category", lead.row.category),
        ("rivals", len({r.owner for r in rows if not r.own})),
        ("serving", lead.serving),
        ("wrote", max(lead.row.act.reviews, lead.serving)),
        ("first", days[0]),
        ("last", days[-1]),
    )


def _evidence(seller: str, charges: Sequence[Charge]) -> tuple[EvidenceRow, ...]:
    """The strongest first: of each actor the path that ties it, then what it did."""
    found: dict[str, EvidenceRow] = {}
    for charge in charges:
        weight = round(1000 * charge.score)
        for row in (*_path_rows(seller, charge.tied, weight + 1), _act_row(charge, weight)):
            found.setdefault(row.event_id, row)
    return tuple(list(found.values())[:MAX_EVIDENCE])


def _path_rows(seller: str, tied: Tied, weight: int) -> Iterator[EvidenceRow]:
    for step in tied.path:
        event_id, type_, ts, account = step.event
        if step.end[0] == "seller":
            text, label = "graph.seen.tie", f"@tie.{step.label}"
        else:
            text, label = "graph.seen.identifier", f"@shared.{step.label}"
        facts = (("account", account), ("seller", seller), ("label", label))
        yield EvidenceRow(event_id, type_, ts, text, facts, weight)


def _act_row(charge: Charge, weight: int) -> EvidenceRow:
    row, act = charge.row, charge.row.act
    facts = (
        ("account", act.actor),
        ("product", act.product_id),
        ("review", act.review_id),
        ("stars", row.stars),
        ("vote", f"@{act.vote}"),
    )
    text = "graph.seen.vote" if act.vote else "graph.seen.review"
    return EvidenceRow(act.event_id, act.type, act.ts, text, facts, weight)
