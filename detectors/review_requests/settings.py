"""Thresholds of the review-requests detector."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from detectors.api import Settings

Probability: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]


class RequestSettings(Settings, frozen=True):
    """`[detectors.review_requests]`"""

    patience_days: Annotated[float, Meta(ge=1, le=60)] = 20.0
    """How long after a purchase or message a buyer may still be asked: later ones are not counted
    as left out, nor as asked (days). Why: most requests go out within three weeks of delivery."""
    min_told: Annotated[int, Meta(ge=1)] = 3
    """Fewest buyers who wrote in happy, or with a complaint, for a judgement (buyers). Why: of two
    buyers nothing can be told."""
    threads_only: Probability = 0.05
    """How many honest sellers ask in answer to any message and nowhere else (probability): against
    them only buyers who wrote in count as left out. Why: some small sellers ask only where they
    already talk."""
    silence: Probability = 0.1
    """How many honest sellers ask nobody who has written in (probability): against them only buyers
    who wrote in otherwise are compared with those who complained. Why: a system that mails all but
    open threads looks like that."""
    guilty: Probability = 0.01
    """How many sellers choose whom to ask (probability, before any evidence). Why: rare; the
    proportions of eight buyers outweigh it, those of three do not."""
    report_from: Probability = 0.2
    """From which probability a finding is told, to be added to others (probability). Why: low
    enough that words and proportions, each weak, add up to a case."""
