"""Ablation: what a signal is worth is what is lost without it."""

from __future__ import annotations

import msgspec

from benchmarks.quality.ablation import ablate, detector_of, report, signal_of
from benchmarks.quality.run import Judged
from detectors.api import Finding
from pipeline.cases import CaseSettings
from pipeline.scorer import Context
from tests.scorer.truths import planted, truth

SETTINGS = CaseSettings()


def finding(seller: str, detector: str, text: str, score: float = 0.9) -> Finding:
    return Finding(
        detector=detector,
        clause="incentive_offer",
        marketplace="amazon.se",
        subject_type="seller",
        subject_id=seller,
        score=score,
        text=text,
        facts=(("count", 1),),
        first_ts=0,
        last_ts=1,
        sellers=(seller,),
    )


def world() -> Judged:
    """Two guilty sellers: one that two detectors find, one that only both together do; and an
    innocent one."""
    guilty = [planted(f"p{n}", sellers=[f"s{n}"]) for n in range(2)]
    findings = [
        finding("s0", "one", "case.more"),
        finding("s0", "two", "allowed.partly"),
        finding("s1", "one", "case.more", 0.4),
        finding("s1", "two", "allowed.partly", 0.4),
        finding("s9", "two", "allowed.partly"),
    ]
    facts = (("what", ""), ("from", ""), ("until", ""), ("reason", ""), ("count", 1))
    told = [f if f.text == "case.more" else _with(f, facts) for f in findings]
    return Judged(truth(*guilty), Context(), told)


def _with(found: Finding, facts: tuple[tuple[str, str | int], ...]) -> Finding:
    return msgspec.structs.replace(found, facts=facts)


def test_what_is_lost_without_a_detector() -> None:
    whole, without = ablate([world()], SETTINGS, detector_of)
    assert (whole.planted, whole.found, whole.hits, whole.false) == (2, 2, 2, 1)
    assert (without["one"].found, without["one"].false) == (1, 1)
    assert (without["two"].found, without["two"].false) == (1, 0)
    assert without["two"].precision == 1.0
    assert whole.false_per_million > without["two"].false_per_million == 0.0


def test_the_page_names_what_earns_nothing() -> None:
    idle = Judged(world().truth, Context(), [*world().findings[:2], world().findings[4]])
    page = report([idle], SETTINGS)
    assert "| `case.more` | 0.500 | 0.500 | 1 | 1 | 1 | 1 |" in page
    assert "nothing is lost here: `allowed.partly`, `case.more`." in page
    assert "nothing is lost here: none." in report([world()], SETTINGS)


def test_signals_are_templates() -> None:
    _, without = ablate([world()], SETTINGS, signal_of)
    assert list(without) == ["allowed.partly", "case.more"]
