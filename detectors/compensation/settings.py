"""Thresholds of the compensation detector."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from detectors.api import Settings

Days: TypeAlias = Annotated[float, Meta(gt=0, le=90)]
Probability: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Positive: TypeAlias = Annotated[float, Meta(gt=0)]


class CompensationSettings(Settings, frozen=True):
    """`[detectors.compensation]`"""

    soon_days: Days = 30.0
    """How long after a review or its change money still counts as following it (days). Why: a
    seller who pays for praise pays soon, or the buyer complains; refunds for returns take about as
    long."""
    contact_days: Days = 30.0
    """How long before a change a message counts as having led to it (days). Why: a buyer who
    changes a review later than that has other reasons than the message."""
    after_praise: Probability = 0.12
    """Share of an honest seller's gifts that follow praise, before other sellers of the marketplace
    have been seen (probability). Why: a guess, soon replaced by what the marketplace shows: few
    buyers praise before a goodwill refund reaches them."""
    after_change: Probability = 0.03
    """The same for gifts that follow a change of a bad review (probability). Why: few bad reviews
    change at all, and hardly any just then."""
    whole: Probability = 0.4
    """Share of an honest seller's gifts that are of all that was paid, likewise (probability). Why:
    most honest gifts are a part of the price, for a delay or a scratch."""
    sellers: Positive = 10.0
    """How many sellers these expectations are worth (sellers). Why: so few that a marketplace of
    its own kind overrules the guess within weeks."""
    alike: Positive = 6.0
    """How alike honest sellers are: the gifts that the marketplace's share is worth against a
    seller's own (gifts). Why: honest sellers differ: one that gives a little more often than others
    must not be accused."""
    guilty: Probability = 0.006
    """How many sellers pay for reviews without its being known from words (probability, before any
    evidence). Why: rare, and most candidates are honest; two plain cases beside each other still
    outweigh it."""
    report_from: Probability = 0.2
    """From which probability a finding is told, to be added to others (probability). Why: low
    enough that words and money, each weak, add up to a case."""
