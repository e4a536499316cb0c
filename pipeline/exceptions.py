"""Known exceptions at the last stage: what they explain of a case, and how the case names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.allowed import Allowed
from detectors.api import Finding
from pipeline.explain import Facts


class Note(NamedTuple):
    """A sentence about an exception that mattered: a template and its facts."""

    text: str
    facts: Facts


def apply(
    findings: Iterable[Finding], allowed: Sequence[Allowed]
) -> tuple[list[Finding], list[Note]]:
    """The findings that hold a case up, and notes of the exceptions that mattered for it.

    A finding all of whose acts lie inside the interval of an exception for its seller is left out.
    One that reaches out of the interval counts, as nothing tells how much of it is explained.
    """
    kept: list[Finding] = []
    counts: dict[tuple[str, Facts], int] = {}

    def note(text: str, facts: Facts, count: int) -> None:
        counts[text, facts] = counts.get((text, facts), 0) + count

    for f in findings:
        for told in f.allowed:
            note(*told)
        if f.allowed:
            continue
        concerning = [each for each in allowed if _concerns(each, f)]
        whole = [each for each in concerning if each.covers(f.first_ts, f.last_ts)]
        if not whole:
            kept.append(f)
        for each in whole or concerning:
            note("allowed.seller" if whole else "allowed.partly", each.facts, 1)
    return kept, [Note(text, (*facts, ("count", n))) for (text, facts), n in sorted(counts.items())]


def _concerns(allowed: Allowed, finding: Finding) -> bool:
    return (
        finding.subject_type == "seller"
        and finding.subject_id == allowed.seller
        and (not allowed.clauses or finding.clause in allowed.clauses)
        and allowed.meets(finding.first_ts, finding.last_ts)
    )
