"""Thresholds of the seller-messages detector."""

from __future__ import annotations

from detectors.api import Settings


class MessageSettings(Settings, frozen=True):
    """`[detectors.seller_messages]`"""

    hearsay: float = 0.85
    """How much less a buyer's message proves than the seller's own (factor on the score). Why:
    buyers misread and exaggerate, but seldom invent."""
    confessed: float = 0.6
    """The same for a review whose author tells of itself: a case alone where several rules read it
    so (factor on the score). Why: authors thank for a voucher that everybody got."""
    retold: float = 0.5
    """The same for a review that tells what the seller did: reviews speak of anything, and one
    alone is no case (factor on the score). Why: reviews tell of other shops, of friends and of what
    was read; two that agree make a case."""
    initiated_contact: float = 0.97
    """Score of a message outside of the platform that the seller began (probability). Why: the
    contract makes the channel a violation in itself; what is left are wrong records."""
    answered_contact: float = 0.6
    """Score of one that answers a buyer who wrote there first (probability). Why: the contract
    counts an answer as well, as one of low severity."""
    unruled: float = 0.6
    """How much less a label proves that the model alone gives, with no rule behind it: one alone is
    no case (factor on the score). Why: what no rule reads is often a chance likeness of words."""
    usual_from: float = 10.0
    """How many sellers may write the same words, or products have reviews in the same words, before
    that speaks against their meaning what they seem to (count). Why: a phrase of so many sellers is
    a shop system's template, read wrongly."""
    asking_usual_from: float = 3.0
    """The same for clauses that offer nothing and are about no review: asking only the happy,
    moving to another channel (count). Why: they lie nearest to the routine mail of honest shops,
    whose templates many share; an offer is seldom misread."""
    unnamed_usual_from: float = 2.0
    """The same for a request to change a review in messages that belong to no review: such a
    request is written to one buyer, a letter to many (count). Why: two sellers seldom write one and
    the same request by chance; then it is a template."""
    thread_days: float = 10.0
    """How far apart two messages of a thread may be read together (days). Why: what is older is
    another matter."""
    answered_request: float = 0.05
    """How much less the odds of a request to change a review are where the buyer had asked how that
    is done (factor on the odds). Why: the buyer brought it up; an explanation is no request."""
    baseless_request: float = 0.1
    """The same where messages name no review and their buyers had written none of the product, so
    that they are rather a letter sent to everybody (factor on the odds). Why: who has written
    nothing cannot be asked to change it."""
