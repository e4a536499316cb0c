"""How findings become alerts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detectors.allowed import Allowed
from detectors.api import FINDINGS, Delta, Entry, EvidenceRow, Finding
from pipeline.cases import CaseSettings, CaseShard, combine, product_url
from pipeline.clauses import least_score, severity
from pipeline.shard import Layout, case_id
from schemas.alerts import CLAUSES, Alert, DetectorRef
from schemas.events import moment
from tests.detectors.world import START

REFS = {n: DetectorRef(name=n, version="1", fingerprint="f") for n in ("one", "two")}


def finding(**changes: Any) -> Finding:
    base: dict[str, Any] = {
        "detector": "one",
        "clause": "self_review",
        "marketplace": "amazon.se",
        "subject_type": "seller",
        "subject_id": "s1",
        "score": 0.8,
        "text": "case.more",
        "facts": (("count", 3),),
        "first_ts": START,
        "last_ts": START + 5,
        "sellers": ("s1",),
        "reviews": ("r2", "r1"),
        "evidence": (EvidenceRow("e1", "review.posted", START, "case.more", (("count", 1),)),),
    }
    return Finding(**{**base, **changes})


def shard(**settings: Any) -> CaseShard:
    layout = Layout(FINDINGS.keyspace, {"findings": FINDINGS}, ())
    return CaseShard(layout, CaseSettings(**settings), REFS, slopes={})


def say(target: CaseShard, row: Finding | None, element: str = "x", rank: int = 1) -> str:
    case = case_id(row or finding())
    target.join(Delta("cases", case, "findings", "", element, Entry(rank, "", START, row)))
    return case


def test_each_matter_is_told_once_by_its_strongest_finding() -> None:
    cases = shard()
    say(cases, finding(score=0.7, facts=(("count", 5),)), "march")
    say(cases, finding(score=0.9, facts=(("count", 4),)), "april")
    say(cases, finding(score=0.6, facts=(("count", 9),), about="votes"), "may")
    (case,) = cases.publish()
    told = [f"Further findings of this kind: {n}." for n in (4, 9, 1)]
    assert case.explanation == " ".join(told)


def test_what_says_something_else_comes_before_more_of_the_same() -> None:
    cases = shard()
    more = (("count", 1),)
    say(cases, finding(score=0.9, facts=(*more, ("product", "p1")), about="march"), "one")
    say(cases, finding(score=0.8, facts=(("count", 2), ("product", "p1")), about="april"), "two")
    say(cases, finding(score=0.7, facts=(("count", 3), ("product", "p2")), about="april"), "three")
    words = {"what": "m1", "kind": "@review_text", "clause": "@self_review", "spans": "0–3"}
    say(cases, finding(score=0.6, text="messages.words", facts=tuple(words.items())), "four")
    (case,) = cases.publish()
    assert case.explanation.startswith("Further findings of this kind: 1. The review m1 shows")
    assert case.explanation.endswith("Further findings of this kind: 2.")


def test_a_case_is_published_once_and_again_when_it_changes() -> None:
    cases = shard()
    say(cases, finding())
    (first,) = cases.publish()
    assert (first.revision, first.status, first.reviews) == (1, "open", ["r1", "r2"])
    assert cases.publish() == []
    say(cases, finding(score=0.9), rank=2)
    (second,) = cases.publish()
    assert (second.revision, second.score, second.case_id) == (2, 0.9, first.case_id)
    say(cases, finding(score=0.9), rank=3)
    assert cases.publish() == []


def test_a_withdrawn_case_keeps_every_field_and_may_open_again() -> None:
    cases = shard()
    say(cases, finding())
    (opened,) = cases.publish()
    say(cases, None, rank=2)
    (withdrawn,) = cases.publish()
    assert withdrawn == msgspec.structs.replace(opened, status="withdrawn", revision=2)
    say(cases, finding(), rank=3)
    (again,) = cases.publish()
    assert (again.status, again.revision) == ("open", 3)


def test_below_the_bar_nothing_is_published() -> None:
    cases = shard(min_score=0.6)
    say(cases, finding(score=0.4))
    assert cases.publish() == []
    say(cases, finding(score=0.5, detector="two"), element="y")
    assert [a.score for a in cases.publish()] == [0.7]


def test_detectors_count_once_each_and_independently() -> None:
    weak = [finding(score=0.5), finding(score=0.4)]
    assert combine(weak) == 0.5
    assert combine([*weak, finding(score=0.5, detector="two")]) == 0.75


def test_reviews_that_an_exception_explains_are_not_accused() -> None:
    known = Allowed(reason="r", seller="s1", until=moment(START + 10))
    layout = Layout(FINDINGS.keyspace, {"findings": FINDINGS}, ())
    cases = CaseShard(layout, CaseSettings(), REFS, [known], slopes={})
    say(cases, finding())
    assert cases.publish() == []
    case = say(cases, finding(first_ts=START + 10, last_ts=START + 20, reviews=("r9",)), "later")
    (alert,) = cases.publish()
    assert alert.reviews == list(cases.reviews_of(case)) == ["r9"]
    assert "findings left out for it: 1" in alert.explanation


def test_whoever_is_accused_is_not_a_victim_too() -> None:
    cases = shard()
    say(cases, finding(affected_reviews=("r1", "r9"), affected_sellers=("s1",)))
    (alert,) = cases.publish()
    assert alert.affected.reviews == ["r9"]
    assert alert.affected.sellers == []


def test_a_case_always_fits_a_record() -> None:
    cases = shard()
    long = "\x00" * 100
    say(
        cases,
        finding(
            reviews=tuple(f"{long}{i}" for i in range(3_000)),
            accounts=tuple(f"{long}{i}" for i in range(3_000)),
            products=tuple((f"{long}{i}", "") for i in range(3_000)),
            evidence=tuple(
                EvidenceRow(f"{long}{i}", "review.posted", START, "case.more", (("count", 1),))
                for i in range(3_000)
            ),
        ),
    )
    (alert,) = cases.publish()
    assert len(msgspec.json.encode(alert)) < 1 << 20
    assert alert.reviews_omitted == 3_000 - len(alert.reviews)
    assert alert.evidence_omitted == 3_000 - len(alert.evidence)
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example/p", "https://shop.example/p"),
        ("javascript:alert(1)", "https://www.amazon.se/dp/a%2Fb"),
        ("http://[", "https://www.amazon.se/dp/a%2Fb"),
        ("https://x.example/\n", "https://www.amazon.se/dp/a%2Fb"),
        ("", "https://www.amazon.se/dp/a%2Fb"),
    ],
)
def test_product_addresses(url: str, expected: str) -> None:
    assert product_url("amazon.se", "a/b", url) == expected


@pytest.mark.parametrize("clause", CLAUSES)
def test_severity_grows_with_the_score(clause: str) -> None:
    order = ["low", "medium", "high", "critical"]
    levels = [order.index(severity(clause, s / 100)) for s in range(101)]
    assert levels == sorted(levels)
    assert levels[0] == 0


def test_severity_grows_with_the_harm() -> None:
    """One score, three clauses."""
    told = {c: severity(c, 0.9) for c in ("review_ring", "self_review", "off_platform_contact")}
    assert list(told.values()) == ["critical", "high", "low"]
    # A seller's answer by mail to a buyer who wrote there is of low severity, however sure.
    assert least_score("off_platform_contact", "critical") is None
    assert least_score("self_review", "high") == 0.85
