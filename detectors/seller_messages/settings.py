"""Thresholds of the seller-messages detector."""

from __future__ import annotations

from detectors.api import Settings


class MessageSettings(Settings, frozen=True):
    """`[detectors.seller_messages]`"""

    hearsay: float = 0.85
    """How much less a buyer's message proves than the seller's own (factor on the score)."""
    confessed: float = 0.6
    """The same for a review whose author tells of itself: a case alone where several rules read it
    so (factor on the score)."""
    retold: float = 0.5
    """The same for a review that tells what the seller did: reviews speak of anything, and one
    alone is no case (factor on the score)."""
    initiated_contact: float = 0.97
    """Score of a message outside of the platform that the seller began (probability)."""
    answered_contact: float = 0.6
    """Score of one that answers a buyer who wrote there first (probability)."""
    unruled: float = 0.6
    """How much less a label proves that the model alone gives, with no rule behind it: one alone is
    no case (factor on the score)."""
    usual_from: float = 10.0
    """How many sellers may write the same words, or products have reviews in the same words, before
    that speaks against their meaning what they seem to (count)."""
    unnamed_usual_from: float = 2.0
    """The same for a request to change a review in messages that belong to no review: such a
    request is written to one buyer, a letter to many (count)."""
    thread_days: float = 10.0
    """How far apart two messages of a thread may be read together (days)."""
    answered_request: float = 0.05
    """How much less the odds of a request to change a review are where the buyer had asked how
    that is done (factor on the odds)."""
    baseless_request: float = 0.1
    """The same where messages name no review and their buyers had written none of the product, so
    that they are rather a letter sent to everybody (factor on the odds)."""
