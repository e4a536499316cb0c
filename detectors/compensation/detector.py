"""The catalogue entry of the compensation detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.compensation import chains, norms, verdict
from detectors.compensation.settings import CompensationSettings
from detectors.compensation.tables import (
    CHANGES_OF_REVIEWER,
    DEEDS,
    GIFTS,
    MAIL_OF_BUYER,
    OWN_CHANGES,
    OWN_MAIL,
    OWN_REFUNDS,
    REFUNDS_OF_BUYER,
    TURNS,
    USUAL,
)
from detectors.seller_messages.tables import LIGHT, OWN_PRODUCTS, PRODUCTS_OF_SELLER
from detectors.tables import (
    MARKET,
    ORDERS_OF_BUYER,
    OWN_ORDERS,
    OWN_REVIEWS,
    REVIEWER,
    REVIEWS_OF_REVIEWER,
    SELLER,
)
from detectors.text.data import content


@dataclass(frozen=True)
class Compensation(Detector):
    """Clauses 3, 6 and 11 of the policy, by what happens rather than by what is written."""

    name = verdict.NAME
    version = "1"
    clauses = ("refund_after_review", "paid_change", "change_request")
    settings_type = CompensationSettings
    doc = Doc(
        summary=(
            "Money that follows what a buyer wrote. Refunds that nothing calls for (no defect, "
            "return or cancellation, or paid round the platform) and that follow praise, or the "
            "raising or removal of a bad review, far more often than on the marketplace at large; "
            "and bad reviews that go away unexplained once the seller has written to their author. "
            "Each is told review by review: who wrote what, who wrote to whom, what was paid."
        ),
        inputs=(
            "order.refunded",
            "order.placed",
            "review.posted",
            "review.edited",
            "review.removed",
            "message.sent",
            "product.listed",
        ),
        blind_without=(
            "Without orders it sees no money, only reviews that go away after a message. Without "
            "messages it cannot tell a complaint or an apology before a refund, nor who wrote to "
            "the author of a review. Gift cards and payments that are no refund leave no trace."
        ),
        false_positives=(
            "Compensation for late deliveries, announced in words that are not understood, that "
            "happens to go out after the reviews.",
            "Generous service by a small seller that refunds as goodwill after the buyer has "
            "already raised the review of its own accord.",
        ),
        runbook=(
            "Open the reviews named, and the refunds beside them: amount, reason, days between.",
            "Read the messages between review and change, and before each refund: was there a "
            "complaint, a delay, an apology with no strings?",
            "Ask some of the buyers what they were told, before the seller is asked.",
            "See whether refunds of this kind also go to buyers who wrote nothing or wrote badly.",
        ),
        actions=(
            "Report the reviews and refunds together, with the days between; warn the buyers at "
            "most: many do not know that it is barred.",
            "Warn the seller, or act on it where money went round the platform.",
        ),
    )

    settings: CompensationSettings = field(default_factory=CompensationSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            REFUNDS_OF_BUYER,
            CHANGES_OF_REVIEWER,
            MAIL_OF_BUYER,
            REVIEWS_OF_REVIEWER,
            ORDERS_OF_BUYER,
            PRODUCTS_OF_SELLER,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "compensation.chains",
                REVIEWER,
                (OWN_REFUNDS, OWN_CHANGES, OWN_REVIEWS, OWN_MAIL, OWN_ORDERS),
                partial(chains.judge, settings=settings),
                (GIFTS, TURNS, DEEDS, LIGHT),
                focus=(OWN_REFUNDS, OWN_CHANGES),
                needs=(OWN_REFUNDS, OWN_CHANGES),
            ),
            Judge("compensation.norms", MARKET, (DEEDS,), norms.judge, (USUAL,)),
            Judge(
                "compensation.verdict",
                SELLER,
                (GIFTS, TURNS, USUAL, OWN_PRODUCTS),
                partial(verdict.judge, settings=settings),
                focus=(GIFTS, TURNS),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return content()
