"""Scores alerts against the known truth of a simulated world: what was found, what was missed, who
was wrongly accused, and whether the scores are honest (docs/scoring.md)."""

from pipeline.scorer.alerts import OpenCase, read_alerts, standing
from pipeline.scorer.estimates import Bootstrap, Estimate
from pipeline.scorer.figures import Figures, figures
from pipeline.scorer.matching import MatchedWorld, match
from pipeline.scorer.people import People, read_people
from pipeline.scorer.truth import Truth, read_truth

__all__ = [
    "Bootstrap",
    "Estimate",
    "Figures",
    "MatchedWorld",
    "OpenCase",
    "People",
    "Truth",
    "figures",
    "match",
    "read_alerts",
    "read_people",
    "read_truth",
    "standing",
]
