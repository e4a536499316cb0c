"""The catalogue entry of the seller graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.seller_graph import acts, identity, listing, verdict
from detectors.seller_graph.exceptions import Exceptions
from detectors.seller_graph.settings import GraphSettings
from detectors.seller_graph.tables import (
    LEAVES,
    LEAVES_OF_SELLER,
    LINKED_ACTS,
    LINKS,
    OWN_TIES,
    PEOPLE,
    SELLER_ACTS,
    SIGHTINGS,
    SIGHTINGS_OF_ACCOUNT,
    STAYS,
    TIES,
    TIES_OF_ACCOUNT,
    USERS,
    USERS_OF_IDENTIFIER,
)
from detectors.tables import (
    ACCOUNT,
    HEADS,
    HEADS_OF_PRODUCT,
    IDENTIFIER,
    LISTING,
    LISTINGS,
    LISTINGS_OF_PRODUCT,
    ORDERS_OF_BUYER,
    OWN_ORDERS,
    OWN_REVIEWS,
    OWN_VOTES,
    REVIEWER,
    REVIEWS_OF_REVIEWER,
    SELLER,
    VOTES_OF_VOTER,
)


@dataclass(frozen=True)
class SellerGraph(Detector):
    """How reviewers and voters are tied to sellers, by which path, and what they do there."""

    name = verdict.NAME
    version = "4"
    clauses = ("self_review", "insider_review", "vote_manipulation")
    settings_type = GraphSettings
    heeds = ("identifier", "programme")
    doc = Doc(
        summary=(
            "Reviews and votes by a seller's own people on its products and against competitors in "
            "the same category: the seller itself, family, employees, partners, agencies, "
            "manufacturers, and accounts that share identifiers with them. An identifier says "
            "less the more accounts share it: a VPN exit ties nobody, a bank account shared by "
            "two ties strongly. The path from the reviewer to the seller is the explanation."
        ),
        inputs=(
            "account.registered",
            "account.identified",
            "relation.declared",
            "message.sent",
            "review.posted",
            "review.edited",
            "review.removed",
            "vote.cast",
            "vote.withdrawn",
            "product.listed",
            "order.placed",
        ),
        blind_without=(
            "Without accounts it sees only the people who write to buyers in a seller's name. "
            "Without the catalogue it knows whose product a review is about only where the review "
            "names the seller, and no competitor. It follows one shared identifier at a time, or "
            "several where each account in between acts for the seller too."
        ),
        false_positives=(
            "A customer who shares a small household, office or telephone with an employee and "
            "bought the product on its own account.",
            "An employee hired after the review whose registration does not say so.",
            "A former employee whose relation was never ended in the records.",
        ),
        runbook=(
            "Follow the path in the explanation: open the events that show each of its steps.",
            "Check how many accounts use the identifier now, and whether it is a public place.",
            "Read the reviews named: do they say openly who wrote them?",
            "Ask the seller about the account before a decision that rests on one identifier.",
        ),
        actions=(
            "Report the reviews or votes with the path that ties each account to the seller.",
            "Where the identifier is a public place or a shared office, make it a known exception "
            "(`[[allow]]`).",
        ),
    )

    settings: GraphSettings = field(default_factory=GraphSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            TIES_OF_ACCOUNT,
            SIGHTINGS_OF_ACCOUNT,
            USERS_OF_IDENTIFIER,
            REVIEWS_OF_REVIEWER,
            VOTES_OF_VOTER,
            ORDERS_OF_BUYER,
            LISTINGS_OF_PRODUCT,
            HEADS_OF_PRODUCT,
            LEAVES_OF_SELLER,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings, known = self.settings, Exceptions(self.allowed)
        return (
            Judge(
                "seller_graph.account",
                ACCOUNT,
                (TIES, SIGHTINGS),
                identity.account,
                (OWN_TIES, PEOPLE, STAYS),
            ),
            Judge(
                "seller_graph.identifier",
                IDENTIFIER,
                (USERS, PEOPLE, STAYS),
                identity.identifier,
                (LINKS,),
                needs=(PEOPLE,),
            ),
            Judge(
                "seller_graph.acts",
                REVIEWER,
                (OWN_REVIEWS, OWN_VOTES, OWN_ORDERS, LINKS, OWN_TIES),
                partial(acts.judge, settings=settings, known=known),
                (LINKED_ACTS,),
                focus=(OWN_REVIEWS, OWN_VOTES),
                needs=(LINKS, OWN_TIES),
            ),
            Judge(
                "seller_graph.listing",
                LISTING,
                (LINKED_ACTS, LISTINGS, HEADS),
                listing.judge,
                (SELLER_ACTS,),
                focus=(LINKED_ACTS,),
            ),
            Judge(
                "seller_graph.verdict",
                SELLER,
                (SELLER_ACTS, LEAVES),
                partial(verdict.judge, settings=settings, known=known),
                focus=(SELLER_ACTS,),
            ),
        )
