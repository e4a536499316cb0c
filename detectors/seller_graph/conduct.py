"""How far what an account does speaks for its acting in a seller's interest.

Log-odds are added up (naive Bayes): the ties give the prior, conduct and act the likelihood ratios.
The ratios are judgements of how much likelier each mark is of an account under a seller's control
than of an honest one with the same ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, prod

from detectors.seller_graph.graph import Tied
from detectors.seller_graph.listing import HIGH, LOW
from detectors.seller_graph.tables import SellerActRow

EACH_PRODUCT, PRODUCTS = 1.5, 3
"""For each further product served by a review, up to so many."""
BOTH_SIDES = 2.0
"""Praises the seller's products and blames a rival's."""
MOSTLY, MOSTLY_SHARE = 1.3, 0.5
"""Half of its reviews or more serve the seller."""
HARDLY, HARDLY_SHARE = 0.6, 0.125
"""An eighth of them or less."""
EACH_COMPANION, COMPANIONS = 1.8, 4
"""For each other account on an identifier of few that serves the seller too."""
OF_STARS = {5: 1.15, 4: 0.85, 3: 0.5, 2: 0.2, 1: 0.2}
"""Own product, by stars."""
OF_RIVAL = 0.6
"""A rival's product; divided by the sellers that the account is tied to: it may serve another."""
BOUGHT = 0.65
PROGRAMME = 0.5

OWN_VOTE, OWN_REPORT, RIVAL_VOTE, RIVAL_REPORT = 0.55, 0.45, 0.45, 0.5
"""How surely one vote of somebody who acts for the seller is gaming (probability)."""
CEILING = 0.99


def interest(row: SellerActRow) -> int:
    """1 where an act serves the seller, -1 where it harms it, 0 where it does neither."""
    if row.act.vote:
        side = (row.stars >= HIGH) - (row.stars <= LOW)
        raises = 1 if row.act.vote == "helpful" else -1
        if not side:
            # A middling review of the own product is criticism to those who vote it down.
            return 1 if row.own and raises < 0 else 0
        return side * raises * (1 if row.own else -1)
    side = (row.stars >= HIGH) - (row.stars <= LOW)
    return side if row.own else -side


def evidence_of(tied: Tied, acts: Sequence[SellerActRow]) -> float:
    """Log-odds that an account acts for the seller, from its ties and everything it did."""
    reviews = [r for r in acts if not r.act.vote]
    serving = [r for r in reviews if interest(r) > 0]
    products = {(r.act.marketplace, r.act.product_id) for r in serving}
    odds = log(tied.prior / (1 - min(tied.prior, CEILING)))
    odds += log(EACH_PRODUCT) * min(PRODUCTS, max(0, len(products) - 1))
    odds += log(EACH_COMPANION) * min(COMPANIONS, tied.company)
    if len({r.own for r in serving}) == 2:
        odds += log(BOTH_SIDES)
    if serving:
        wrote = max(r.act.reviews for r in serving)
        share = len({(r.act.marketplace, r.act.review_id) for r in serving}) / wrote
        odds += log(MOSTLY) * (share >= MOSTLY_SHARE) + log(HARDLY) * (share <= HARDLY_SHARE)
    return odds


def of_review(row: SellerActRow, odds: float) -> float:
    """How surely a review breaks the policy (probability)."""
    odds += log(OF_STARS[row.stars] if row.own else OF_RIVAL / row.sellers)
    if row.act.bought:
        odds += log(BOUGHT)
    if row.act.programme:
        odds += log(PROGRAMME)
    return min(CEILING, 1 / (1 + exp(-odds)))


def serves(row: SellerActRow) -> bool:
    """Whether a vote is held against its voter: not a report of what the platform then removed."""
    right = row.upheld and row.act.vote == "report_abuse"
    return bool(row.act.vote) and interest(row) > 0 and not right


def of_votes(acts: Sequence[SellerActRow], odds: float) -> float:
    """How surely an account's votes are gaming (probability): it acts for the seller, and the votes
    that serve the seller are not chance; votes against it speak for an honest mind."""
    serving = [r for r in acts if serves(r)]
    if not serving:
        return 0.0
    against = sum(bool(r.act.vote) and interest(r) < 0 for r in acts)
    straight = len(serving) / (len(serving) + against)
    gaming = 1.0 - prod(1.0 - _of_vote(r) for r in serving)
    return min(CEILING, gaming * straight / (1 + exp(-odds)))


def _of_vote(row: SellerActRow) -> float:
    if row.act.vote == "report_abuse":
        return OWN_REPORT if row.own else RIVAL_REPORT
    return OWN_VOTE if row.own else RIVAL_VOTE
