"""The catalogue entry of the seller-messages detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.seller_messages import threads, verdict
from detectors.seller_messages.settings import MessageSettings
from detectors.seller_messages.tables import (
    CONTACT_OF_SELLER,
    CONTEXT,
    CONTEXT_OF_THREAD,
    LABELS,
    LIGHT,
    OWN_PRODUCTS,
    PRODUCTS_OF_SELLER,
    READ,
    READ_OF_TEXTS,
    REVIEW_LABELS,
    TELLING,
    TELLING_OF_THREAD,
    THREAD,
    WISHES,
    WISHES_OF_BUYER,
    WORDING,
    WROTE,
    WROTE_TO_SELLER,
)
from detectors.tables import (
    LISTING,
    LISTINGS,
    LISTINGS_OF_PRODUCT,
    OWN_REVIEWS,
    REVIEWER,
    REVIEWS_OF_REVIEWER,
    SELLER,
)
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
            "Messages of a thread are read together: a promise in one, its condition in the next. "
            "A message on a channel outside of the platform is a violation by itself."
        ),
        inputs=(
            "message.sent",
            "review.posted",
            "review.edited",
            "review.removed",
            "product.listed",
        ),
        blind_without=(
            "Without messages it reads reviews only, which tell of inserts and offers. Messages "
            "that name neither buyer nor order nor review are not read in their thread."
        ),
        false_positives=(
            "A seller that quotes the policy to refuse a buyer's demand in unusual words.",
            "Support by e-mail for a warranty case that the buyer opened on the maker's site.",
        ),
        runbook=(
            "Open the messages named and read the words at the offsets given, in their thread.",
            "For off-platform contact, see whether the buyer had written there first.",
            "Where only buyers tell of it, look for the card or message they mean.",
        ),
        actions=(
            "Report the messages with the words; warn the seller where it is a slip of one agent.",
            "Never act on the buyers who told of it, nor on their reviews.",
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
            TELLING_OF_THREAD,
            CONTEXT_OF_THREAD,
            WISHES_OF_BUYER,
            REVIEWS_OF_REVIEWER,
        )

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        settings = self.settings
        return (
            Judge(
                "seller_messages.thread",
                THREAD,
                (TELLING, CONTEXT),
                partial(threads.judge, settings=settings),
                (READ, LIGHT),
                focus=(TELLING,),
                needs=(TELLING,),
            ),
            Judge(
                "seller_messages.light",
                REVIEWER,
                (WISHES, OWN_REVIEWS),
                threads.in_light_of_reviews,
                (LIGHT,),
                focus=(WISHES,),
                needs=(WISHES,),
            ),
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
                (LABELS, WROTE, LIGHT, OWN_PRODUCTS),
                partial(verdict.judge, settings=settings),
                focus=(LABELS,),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return content()
