"""The catalogue entry of the review-cluster detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.disclosure import phrases
from detectors.review_clusters import chance, history, local, verdict
from detectors.review_clusters.tables import (
    CHANCES,
    CLUSTERED,
    MEMBERS,
    MEMBERSHIPS,
    WORDED,
    WORDINGS,
    WORDINGS_OF_PRODUCT,
    ClusterSettings,
)
from detectors.tables import (
    LISTING,
    LISTINGS,
    LISTINGS_OF_PRODUCT,
    MARKET,
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
)


@dataclass(frozen=True)
class ReviewClusters(Detector):
    """Clusters in wording, discounts, disclosures, time and history of the reviews of a product."""

    name = verdict.NAME
    version = "4"
    clauses = ("incentive_offer", "review_club")
    settings_type = ClusterSettings
    doc = Doc(
        summary=(
            "Reviews of one product that were paid for: buyers at a deep discount who nearly all "
            "review, texts of different authors worded alike, reviews that say what they were "
            "given, authors who recur in such clusters. The same discounted reviewers on several "
            "products, of one seller or of several, make a review club."
        ),
        inputs=(
            "review.posted",
            "review.edited",
            "review.removed",
            "order.placed",
            "product.listed",
        ),
        blind_without=(
            "Without orders it sees wording and disclosures only; without the catalogue the "
            "subject is the product."
        ),
        false_positives=(
            "A reviewer who quotes an offer it declined reads like a disclosure.",
            "A tiny product whose few discount buyers are the seller's friends and honest.",
        ),
        runbook=(
            "Read the reviews named side by side: wording, dates, photos.",
            "Look at the discount codes of the orders and where they were handed out.",
            "Ask one or two of the authors how they came to the product.",
        ),
        actions=(
            "Report the reviews named; those of the same authors on other products are cases of "
            "their own.",
            "Where the discount turns out to have been open to everybody, do nothing.",
        ),
    )

    settings: ClusterSettings = field(default_factory=ClusterSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            REVIEWS_OF_PRODUCT,
            WORDINGS_OF_PRODUCT,
            ORDERS_OF_PRODUCT,
            REVIEWS_OF_REVIEWER,
            ORDERS_OF_BUYER,
            LISTINGS_OF_PRODUCT,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "review_clusters.local",
                PRODUCT,
                (REVIEWS, WORDINGS, ORDERS),
                partial(local.judge, settings=settings),
                (MEMBERSHIPS, WORDED, CLUSTERED),
                focus=(REVIEWS,),
                needs=(WORDINGS, ORDERS),
            ),
            Judge(
                "review_clusters.history",
                REVIEWER,
                (MEMBERSHIPS, OWN_REVIEWS, OWN_ORDERS),
                partial(history.judge, settings=settings),
                (MEMBERS,),
                focus=(MEMBERSHIPS,),
            ),
            Judge(
                "review_clusters.chance",
                MARKET,
                (WORDED, CLUSTERED),
                chance.judge,
                (CHANCES,),
                focus=(CLUSTERED,),
            ),
            Judge(
                "review_clusters.verdict",
                LISTING,
                (MEMBERS, CHANCES, LISTINGS),
                partial(verdict.judge, settings=settings),
                focus=(MEMBERS,),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return "\n".join(phrases()).encode()
