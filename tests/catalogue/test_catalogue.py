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

ROOT = Path(__file__).parents[2]
TOPICS = {
    "review": "reviews",
    "vote": "votes",
    "message": "messages",
    "product": "catalogue",
    "variation": "variation",
    "account": "accounts",
    "relation": "accounts",
    "order": "orders",
}
"""What the events of a family are called where a page tells what it cannot see without them."""
KNOWN_LAW = re.compile(
    r"16 CFR 465\.\d|15 USC 45|UCPD Annex I 23[bc]|UK DMCC Act 2024 Sch 20 para 13|none of its own"
)
each = pytest.mark.parametrize("kind", DETECTORS, ids=[d.name for d in DETECTORS])


def test_every_clause_is_told_and_looked_for() -> None:
    assert list(clause_docs()) == list(CLAUSES)
    assert {c for kind in DETECTORS for c in kind.clauses} == set(CLAUSES)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_is_told_in_words_with_the_law_and_the_harm(clause: str) -> None:
    doc = clause_docs()[clause]
    assert 40 < len(doc.bars) < 160
    assert doc.law and all(KNOWN_LAW.match(law) for law in doc.law)
    assert 0 < doc.harm <= 1.2
    assert len(doc.because) > 20


def test_the_laws_of_the_policy_are_all_named() -> None:
    named = " ".join(law for doc in clause_docs().values() for law in doc.law)
    for law in ("16 CFR 465.", "Annex I 23b", "Annex I 23c", "UK DMCC Act 2024 Sch 20 para 13"):
        assert law in named


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
def test_blind_spots_name_the_topics_that_are_context(kind: type[Detector]) -> None:
    found = entry(kind())
    needs = {TOPICS[name.split(".")[0]] for name in found.inputs}
    told = {topic for topic in needs if topic.rstrip("s") in found.blind_without.lower()}
    assert told, "no topic is named"
    # What only adds to the picture may go untold; what a person would miss may not.
    assert len(told) * 2 >= len(needs)


@each
def test_its_page_shows_all_of_it(kind: type[Detector]) -> None:
    found = entry(kind())
    page = (ROOT / "docs" / "detectors" / f"{kind.name}.md").read_text(encoding="utf-8")
    docs = clause_docs()
    parts = [found.summary, found.blind_without, *found.false_positives]
    parts += [*found.runbook, *found.actions]
    parts += [f"`{name}`" for name in found.inputs]
    parts += [docs[c].bars for c in found.clauses] + [x for c in found.clauses for x in docs[c].law]
    parts += [text for t in found.thresholds for text in (f"`{t.name}`", t.meaning, t.why)]
    assert [part for part in parts if part not in page] == []


@each
def test_the_runbook_tells_what_to_check_and_what_to_do(kind: type[Detector]) -> None:
    found = entry(kind())
    assert re.search(r"\b(Check|Read|Follow|Open|Compare|Look|Lay)\b", " ".join(found.runbook))
    assert re.search(r"\b(Report|Tell|Warn|Ask)\b", " ".join(found.actions))
    assert len(found.runbook) >= 2


@each
def test_the_inputs_told_are_those_folded(kind: type[Detector]) -> None:
    folded = {EVENT_TYPES[name] for name in entry(kind()).inputs}
    assert folded == {event for fold in kind().folds for event in fold.reads}


@each
def test_thresholds_with_a_number_tell_their_unit(kind: type[Detector]) -> None:
    for threshold in entry(kind()).thresholds:
        if isinstance(threshold.value, int | float) and not isinstance(threshold.value, bool):
            assert re.search(r"\([^)]+\)", threshold.meaning), threshold.name


@each
def test_thresholds_tell_why_they_are_what_they_are(kind: type[Detector]) -> None:
    assert [t.name for t in entry(kind()).thresholds if len(t.why) < 25] == []


@each
def test_its_cases_stand_beside_it(kind: type[Detector]) -> None:
    assert (ROOT / "tests" / "detectors" / f"test_{kind.name}.py").is_file()
