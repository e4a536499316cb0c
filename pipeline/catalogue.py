"""The catalogue: what each detector looks for, by which thresholds, and what to do about a case.

Everything comes from the detectors' own declarations and `detectors/clauses.toml`; the pages under
`docs/detectors/` and `starwatch detectors` show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from detectors.api import Detector
from pipeline.clauses import FROM, clause_docs, least_score
from pipeline.config import describe, reasoned
from pipeline.topology import fingerprint


class Threshold(msgspec.Struct, frozen=True):
    """One setting of a detector."""

    name: str
    value: Any
    meaning: str
    why: str


class Entry(msgspec.Struct, frozen=True):
    """What the catalogue says of one detector."""

    name: str
    version: str
    fingerprint: str
    clauses: tuple[str, ...]
    summary: str
    inputs: tuple[str, ...]
    blind_without: str
    thresholds: tuple[Threshold, ...]
    false_positives: tuple[str, ...]
    runbook: tuple[str, ...]
    actions: tuple[str, ...]


def entry(detector: Detector) -> Entry:
    """The entry of one detector, with its thresholds as they are set."""
    kind, doc = detector.settings_type, detector.doc
    texts = describe(kind)
    return Entry(
        name=detector.name,
        version=detector.version,
        fingerprint=fingerprint(detector),
        clauses=tuple(detector.clauses),
        summary=doc.summary,
        inputs=tuple(doc.inputs),
        blind_without=doc.blind_without,
        thresholds=tuple(
            Threshold(f.encode_name, getattr(detector.settings, f.name), *reasoned(texts[f.name]))
            for f in msgspec.structs.fields(kind)
        ),
        false_positives=tuple(doc.false_positives),
        runbook=tuple(doc.runbook),
        actions=tuple(doc.actions),
    )


def page(found: Entry) -> str:
    """A detector's page, as Markdown."""
    lines = [
        f"# {found.name}",
        "",
        "Generated from the declarations by `make docs`.",
        "",
        found.summary,
        "",
        "## Clauses",
        "",
        "| clause | bars | may also break |",
        "|---|---|---|",
    ]
    docs = clause_docs()
    lines += [f"| `{c}` | {docs[c].bars} | {'; '.join(docs[c].law)} |" for c in found.clauses]
    lines += ["", "## Reads", "", ", ".join(f"`{name}`" for name in found.inputs) + "."]
    lines += ["", "## Does not see", "", found.blind_without]
    lines += ["", "## Thresholds", "", f"Under `[detectors.{found.name}]`.", ""]
    lines += ["| key | default | meaning | why |", "|---|---|---|---|"]
    lines += [
        f"| `{t.name}` | `{msgspec.json.encode(t.value).decode()}` | {t.meaning} | {t.why} |"
        for t in found.thresholds
    ]
    lines += ["", "## Known false positives", "", *(f"- {each}" for each in found.false_positives)]
    lines += ["", "## What to check", "", *(f"- {each}" for each in found.runbook)]
    lines += ["", "## What to do", "", *(f"- {each}" for each in found.actions)]
    return "\n".join(lines) + "\n"


def index(found: Sequence[Entry]) -> str:
    """The first page: which detectors look for which clause."""
    lines = [
        "# Detectors",
        "",
        "Generated from the declarations by `make docs`. Cases of one clause and subject are one",
        "case, whichever detectors found them.",
        "",
        "| clause | bars | detectors |",
        "|---|---|---|",
    ]
    for clause, doc in clause_docs().items():
        names = ", ".join(f"[{e.name}]({e.name}.md)" for e in found if clause in e.clauses)
        lines.append(f"| `{clause}` | {doc.bars} | {names} |")
    lines += _severity()
    return "\n".join(lines) + "\n"


def _severity() -> Iterator[str]:
    yield from (
        "",
        "## Severity",
        "",
        "The severity of a case follows from its score and the harm that a violation of its clause",
        "does, relative to one fake review: "
        + ", ".join(f"`{level}` from {least:g}" for level, least in FROM.items() if least)
        + " of score",
        "times harm, below that `low`. The table gives the least score for each.",
        "",
        "| clause | harm | because | " + " | ".join(f"`{x}`" for x in FROM if FROM[x]) + " |",
        "|---|---|---|---|---|---|",
    )
    for clause, doc in clause_docs().items():
        scores = (least_score(clause, level) for level in FROM if FROM[level])
        shown = " | ".join("never" if s is None else f"{s:.2f}" for s in scores)
        yield f"| `{clause}` | {doc.harm:g} | {doc.because} | {shown} |"
