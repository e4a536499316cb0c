"""The catalogue covers the contract, and every entry tells what a person needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detectors.api import Detector
from detectors.registry import DETECTORS
from pipeline.catalogue import entry
from pipeline.clauses import clause_docs
from schemas.alerts import CLAUSES
from schemas.events import EVENT_TYPES

HERE = Path(__file__).parent
each = pytest.mark.parametrize("kind", DETECTORS, ids=[d.name for d in DETECTORS])


def test_every_clause_is_told_and_looked_for() -> None:
    assert list(clause_docs()) == list(CLAUSES)
    assert {c for kind in DETECTORS for c in kind.clauses} == set(CLAUSES)


def test_names_are_told_apart_and_in_order() -> None:
    names = [kind.name for kind in DETECTORS]
    assert names == sorted(set(names))


@each
def test_an_entry_leaves_nothing_open(kind: type[Detector]) -> None:
    found = entry(kind())
    assert found.clauses and set(found.clauses) <= set(CLAUSES)
    assert len(found.summary) > 80
    assert len(found.blind_without) > 40
    assert found.false_positives and found.runbook
    assert all(len(t.meaning) > 20 for t in found.thresholds)


@each
def test_the_inputs_told_are_those_folded(kind: type[Detector]) -> None:
    folded = {EVENT_TYPES[name] for name in entry(kind()).inputs}
    assert folded == {event for fold in kind().folds for event in fold.reads}


@each
def test_thresholds_with_a_number_tell_their_unit(kind: type[Detector]) -> None:
    for threshold in entry(kind()).thresholds:
        if isinstance(threshold.value, float) and not isinstance(threshold.value, bool):
            assert re.search(r"\([^)]+\)", threshold.meaning), threshold.name


@each
def test_its_cases_stand_beside_it(kind: type[Detector]) -> None:
    assert (HERE / f"test_{kind.name}.py").is_file()
