"""Calibration of scores: what it may never do, and that it finds what is there to find."""

from __future__ import annotations

import random
import tomllib

import msgspec
import pytest

from benchmarks.quality.calibrate import FEWEST, Scored, crossed, dump, fitted
from pipeline import calibration
from pipeline.calibration import Calibration, calibrated
from pipeline.topology import fingerprint, logic
from schemas.alerts import CLAUSES
from tests.engine.toys import Crowds

SLOPES = {"self_review": 2.0, "review_ring": 0.5}


@pytest.mark.parametrize("clause", [*SLOPES, "vote_manipulation"])
def test_scores_keep_their_order_and_their_side(clause: str) -> None:
    scores = [step / 100 for step in range(101)]
    after = [calibrated(s, clause, SLOPES) for s in scores]
    assert after == sorted(set(after))
    assert (after[0], after[50], after[100]) == (0.0, 0.5, 1.0)
    assert [s >= 0.5 for s in after] == [s >= 0.5 for s in scores]


def test_the_packages_slopes_are_sane() -> None:
    assert set(calibration.load().clause) == set(CLAUSES)
    assert all(1 / 3 < slope < 3 for slope in calibration.load().slopes.values())


def test_fingerprints_tell_calibrations_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before, same = fingerprint(Crowds()), logic(Crowds())
    monkeypatch.setattr(calibration, "mark", lambda clauses: "another")
    assert fingerprint(Crowds()) != before
    assert logic(Crowds()) == same


def cases(clause: str, n: int, honest: float, said: float) -> list[Scored]:
    """Cases of three worlds that say one score, of which a share is right."""
    r = random.Random(5)
    return [Scored(i % 3, clause, said, r.random() < honest) for i in range(n)]


def test_bold_scores_shrink_and_timid_ones_stretch() -> None:
    bold, timid = cases("review_ring", 60, 0.7, 0.95), cases("self_review", 60, 1.0, 0.8)
    found = fitted([*bold, *timid, *cases("paid_change", FEWEST - 1, 0.2, 0.9)])
    assert found["review_ring"].slope < 0.7
    assert found["self_review"].slope > 1.3
    assert found["paid_change"].slope == 1.0  # too few to tell
    assert found["paid_change"].cases == FEWEST - 1
    assert found["incentive_offer"].cases == 0


def test_honest_scores_stay() -> None:
    found = fitted(cases("review_ring", 300, 0.9, 0.9))
    assert found["review_ring"].slope == pytest.approx(1.0, abs=0.2)


def test_crossed_scores_come_of_the_other_worlds() -> None:
    """The third world alone is wrong: its own cases do not pull down its scores."""
    told = [Scored(w, "review_ring", 0.9, w != 2) for w in range(3) for _ in range(20)]
    after = {c.world: c.score for c in crossed(told)}
    assert after[2] > 0.9 > after[0]


def test_the_file_says_what_was_fitted() -> None:
    found = Calibration("abc", fitted(cases("self_review", 30, 1.0, 0.8)))
    text = dump(found)
    assert msgspec.convert(tomllib.loads(text), Calibration) == found
