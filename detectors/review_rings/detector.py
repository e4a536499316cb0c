"""The catalogue entry of the ring detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.review_rings import acts, meetings, peers, rings
from detectors.review_rings.tables import (
    ACTS,
    COMPANY,
    GROUP,
    PEER,
    PEERS,
    RingSettings,
)
from detectors.tables import (
    HEADS,
    HEADS_OF_PRODUCT,
    LISTING,
    LISTINGS,
    LISTINGS_OF_PRODUCT,
    OWN_REVIEWS,
    REVIEWER,
    REVIEWS_OF_REVIEWER,
)


@dataclass(frozen=True)
class ReviewRings(Detector):
    """Accounts that review alike on product after product, no seller proven behind them."""

    name = rings.NAME
    version = "1"
    clauses = (rings.CLAUSE,)
    settings_type = RingSettings
    doc = Doc(
        summary=(
            "Groups of accounts that meet on product after product: within days of each other, "
            "all of one mind where other reviewers are not, nearly all of the group each time, "
            "often without a purchase. Pairs that met more than once make a graph; its "
            "communities are held against what a shared taste would explain."
        ),
        inputs=("review.posted", "review.edited", "review.removed", "product.listed"),
        blind_without=(
            "It needs reviews alone. Accounts that wrote one review each cannot be told from "
            "others, however many they are. Without product.listed it does not know the sellers "
            "touched. In a crowd an account meets only those who came next to it in time."
        ),
        false_positives=(
            "A class, club or office that is given the same things and likes all of them.",
            "Fans of one brand who review each novelty within days of its launch.",
        ),
        runbook=(
            "Lay the accounts' histories side by side: same products, same order, same days?",
            "Compare their stars with those of the products' other reviewers.",
            "Look for shared devices, addresses or cards among the accounts.",
            "See which sellers gain, and whether their orders were real, before blaming one.",
        ),
        actions=(
            "Report the accounts and reviews as a group; hide the reviews while it is looked into.",
            "Open a case on a seller only where something else than its gain ties it to the ring.",
        ),
    )

    settings: RingSettings = field(default_factory=RingSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (REVIEWS_OF_REVIEWER, HEADS_OF_PRODUCT, LISTINGS_OF_PRODUCT)

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "review_rings.acts",
                REVIEWER,
                (OWN_REVIEWS,),
                partial(acts.judge, settings=settings),
                (ACTS,),
            ),
            Judge(
                "review_rings.meetings",
                LISTING,
                (ACTS, HEADS, LISTINGS),
                partial(meetings.judge, settings=settings),
                (COMPANY,),
                focus=(ACTS,),
            ),
            Judge(
                "review_rings.peers",
                PEER,
                (COMPANY,),
                partial(peers.judge, settings=settings),
                (PEERS,),
            ),
            Judge("review_rings.rings", GROUP, (PEERS,), partial(rings.judge, settings=settings)),
        )
