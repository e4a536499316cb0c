"""The catalogue entry of the vote-burst detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.tables import (
    LISTING,
    LISTINGS,
    LISTINGS_OF_PRODUCT,
    ORDERS,
    ORDERS_OF_BUYER,
    ORDERS_OF_PRODUCT,
    OWN_ORDERS,
    OWN_REVIEWS,
    PRODUCT,
    REVIEWER,
    REVIEWS,
    REVIEWS_OF_PRODUCT,
    REVIEWS_OF_REVIEWER,
    VOTES,
    VOTES_OF_PRODUCT,
)
from detectors.vote_bursts import local, targets, verdict, voters
from detectors.vote_bursts.tables import (
    BALLOTS,
    CAMPAIGN,
    CAMPAIGNS,
    LINKS,
    REGISTERED,
    REGISTRATION,
    TARGETS,
    VOTERS,
    VoteSettings,
)


@dataclass(frozen=True)
class VoteBursts(Detector):
    """Helpful, Not helpful and Report abuse clicks that traffic does not explain."""

    name = verdict.NAME
    version = "1"
    clauses = ("vote_manipulation",)
    settings_type = VoteSettings
    doc = Doc(
        summary=(
            "Votes on a review, or on a product's reviews of one side, that the product's traffic, "
            "the review's age and its own past do not explain, from voters who differ from the "
            "product's other voters: they do nothing but vote, are new, always help one side, "
            "and meet again on unrelated products, in bursts or over months."
        ),
        inputs=(
            "vote.cast",
            "vote.withdrawn",
            "review.posted",
            "review.edited",
            "review.removed",
            "order.placed",
            "product.listed",
            "account.registered",
        ),
        blind_without=(
            "Without reviews it cannot tell whom votes help; without orders, traffic is judged by "
            "votes and reviews, and voters who only vote say little; without the catalogue the "
            "subject is the product. Attackers of a rival stay unknown unless the same voters "
            "lift their own product. A few votes hidden among thousands a day are not found."
        ),
        false_positives=(
            "A review that was linked to from elsewhere, read by people who never shop here.",
            "A club of customers who vote together, also on several products.",
            "Somebody else's votes for a seller, meant to harm it.",
        ),
        runbook=(
            "Compare when the named accounts voted, and on what else.",
            "Look whether they share devices or addresses, with each other or with the seller.",
            "For reports of abuse read the reviews: are they abusive?",
        ),
        actions=(
            "Report the votes named and ask that they be taken out; leave the review alone.",
            "Do not blame the seller who gains without a tie to the voters.",
        ),
    )

    settings: VoteSettings = field(default_factory=VoteSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            VOTES_OF_PRODUCT,
            REVIEWS_OF_PRODUCT,
            ORDERS_OF_PRODUCT,
            REVIEWS_OF_REVIEWER,
            ORDERS_OF_BUYER,
            REGISTRATION,
            LISTINGS_OF_PRODUCT,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "vote_bursts.local",
                PRODUCT,
                (VOTES, REVIEWS, ORDERS),
                partial(local.judge, settings=settings),
                (BALLOTS, CAMPAIGNS),
                focus=(VOTES,),
            ),
            Judge(
                "vote_bursts.voters",
                REVIEWER,
                (BALLOTS, OWN_ORDERS, OWN_REVIEWS, REGISTERED),
                partial(voters.judge, settings=settings),
                (VOTERS,),
                focus=(BALLOTS,),
            ),
            Judge(
                "vote_bursts.targets",
                LISTING,
                (CAMPAIGNS, VOTERS, LISTINGS),
                partial(targets.judge, settings=settings),
                (TARGETS, LINKS),
                focus=(CAMPAIGNS,),
            ),
            Judge(
                "vote_bursts.verdict",
                CAMPAIGN,
                (TARGETS, LINKS),
                partial(verdict.judge, settings=settings),
                focus=(TARGETS,),
            ),
        )
