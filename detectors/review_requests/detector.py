"""The catalogue entry of the review-requests detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.review_requests import verdict
from detectors.review_requests.settings import RequestSettings
from detectors.review_requests.tables import (
    ASKED,
    BUYERS_OF_SELLER,
    MAIL_TO_SELLER,
    REFUNDS_OF_SELLER,
    REQUESTS_OF_SELLER,
    SOLD,
    TOLD,
    UNDONE,
)
from detectors.seller_messages.tables import OWN_PRODUCTS, PRODUCTS_OF_SELLER
from detectors.tables import SELLER
from detectors.text.data import content


@dataclass(frozen=True)
class ReviewRequests(Detector):
    """Clause 7 of the policy, by whom a seller asks rather than by what it writes."""

    name = verdict.NAME
    version = "1"
    clauses = ("review_gating",)
    settings_type = RequestSettings
    doc = Doc(
        summary=(
            "Who is asked for a review. A seller may ask every buyer; it may not ask those alone "
            "who wrote in happy, nor leave out those who complained. Requests in neutral words are "
            "compared over threads: how many of the buyers who wrote in happy were asked, how many "
            "who complained, who wrote otherwise and who only bought, month by month."
        ),
        inputs=("message.sent", "order.placed", "order.refunded", "product.listed"),
        blind_without=(
            "Without messages it sees nothing. Without orders it compares buyers who wrote in with "
            "each other only. Requests that the platform sends for the seller are not messages of "
            "its own. A seller with over 4,096 requests a month is not judged by proportions."
        ),
        false_positives=(
            "A seller that asks only in answer to messages and happens to get no other messages.",
            "A request that goes out a fixed time after delivery and stops when a ticket is open.",
        ),
        runbook=(
            "Open the requests named and the buyers' messages before them.",
            "Open the complaints named: was the buyer asked later, or by another way?",
            "Ask the seller by what rule it sends requests, and to whom.",
        ),
        actions=(
            "Tell the seller to ask everybody or nobody, whatever they think; look again after a "
            "month.",
            "Leave the reviews: their authors did nothing wrong.",
        ),
    )

    settings: RequestSettings = field(default_factory=RequestSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            REQUESTS_OF_SELLER,
            MAIL_TO_SELLER,
            BUYERS_OF_SELLER,
            REFUNDS_OF_SELLER,
            PRODUCTS_OF_SELLER,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        return (
            Judge(
                "review_requests.verdict",
                SELLER,
                (ASKED, TOLD, SOLD, UNDONE, OWN_PRODUCTS),
                partial(verdict.judge, settings=self.settings),
                focus=(ASKED,),
                needs=(ASKED,),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return content()
