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
    """How long after a review or its change money still counts as following it (days)."""
    contact_days: Days = 30.0
    """How long before a change a message counts as having led to it (days)."""
    after_praise: Probability = 0.12
    """Share of an honest seller's gifts that follow praise, before other sellers of the marketplace
    have been seen (probability)."""
    after_change: Probability = 0.03
    """The same for gifts that follow a change of a bad review (probability)."""
    whole: Probability = 0.4
    """Share of an honest seller's gifts that are of all that was paid, likewise (probability)."""
    sellers: Positive = 10.0
    """How many sellers these expectations are worth (sellers)."""
    alike: Positive = 6.0
    """How alike honest sellers are: the gifts that the marketplace's share is worth against a
    seller's own (gifts)."""
    guilty: Probability = 0.006
    """How many sellers pay for reviews without its being known from words (probability, before
    any evidence)."""
    report_from: Probability = 0.2
    """From which probability a finding is told, to be added to others (probability)."""
