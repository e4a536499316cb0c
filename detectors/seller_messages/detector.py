"""The catalogue entry of the seller-messages detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.seller_messages import verdict
from detectors.seller_messages.settings import MessageSettings
from detectors.seller_messages.tables import (
    CONTACT_OF_SELLER,
    LABELS,
    OWN_PRODUCTS,
    PRODUCTS_OF_SELLER,
    READ,
    READ_OF_TEXTS,
    REVIEW_LABELS,
    WORDING,
    WROTE,
    WROTE_TO_SELLER,
)
from detectors.tables import LISTING, LISTINGS, LISTINGS_OF_PRODUCT, SELLER
from detectors.text.data import content


@dataclass(frozen=True)
class SellerMessages(Detector):
    """Clauses that words show: in messages, package inserts and reviews, in twelve languages."""

    name = verdict.NAME
    version = "1"
    clauses = (
        "self_review",
        "incentive_offer",
        "refund_after_review",
        "review_club",
        "insider_review",
        "paid_change",
        "review_gating",
        "variation_abuse",
        "insert_solicitation",
        "vote_manipulation",
        "change_request",
        "off_platform_contact",
    )
    settings_type = MessageSettings
    doc = Doc(
        summary=(
            "Reads what sellers write to buyers, what is on the cards in their packages, and what "
            "buyers and reviews tell of it, and gathers by seller and clause what the words show. "
            "A message on a channel outside of the platform is a violation by itself."
        ),
        inputs=("message.sent", "review.posted", "review.edited", "product.listed"),
        blind_without="Without messages it reads reviews only, which tell of inserts and offers.",
        false_positives=(
            "A seller that quotes the policy to refuse a buyer's demand in unusual words.",
            "Support by e-mail for a warranty case that the buyer opened on the maker's site.",
        ),
        runbook=(
            "Open the messages named and read the words at the offsets given, in their thread.",
            "For off-platform contact, see whether the buyer had written there first.",
            "Where only buyers tell of it, look for the card or message they mean.",
        ),
    )

    settings: MessageSettings = field(default_factory=MessageSettings)

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (
            READ_OF_TEXTS,
            CONTACT_OF_SELLER,
            WROTE_TO_SELLER,
            PRODUCTS_OF_SELLER,
            LISTINGS_OF_PRODUCT,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "seller_messages.pass_on",
                WORDING,
                (READ,),
                verdict.pass_on,
                (LABELS, REVIEW_LABELS),
            ),
            Judge(
                "seller_messages.attribute",
                LISTING,
                (REVIEW_LABELS, LISTINGS),
                partial(verdict.attribute, settings=settings),
                (LABELS,),
                focus=(REVIEW_LABELS,),
            ),
            Judge(
                "seller_messages.verdict",
                SELLER,
                (LABELS, WROTE, OWN_PRODUCTS),
                partial(verdict.judge, settings=settings),
                focus=(LABELS,),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return content()
