"""Scores alerts against the known truth of a simulated world: what was found, what was missed, who
was wrongly accused, and whether the scores are honest (docs/scoring.md)."""

from pipeline.scorer.alerts import OpenCase, read_alerts, standing
from pipeline.scorer.context import Context, read_context
from pipeline.scorer.estimates import Bootstrap, Estimate
from pipeline.scorer.figures import Figures, figures
from pipeline.scorer.matching import MatchedWorld, match
from pipeline.scorer.truth import Truth, read_truth

__all__ = [
    "Bootstrap",
    "Context",
    "Estimate",
    "Figures",
    "MatchedWorld",
    "OpenCase",
    "Truth",
    "figures",
    "match",
    "read_alerts",
    "read_context",
    "read_truth",
    "standing",
]
