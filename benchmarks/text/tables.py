"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.text.figures import Counts, Read, by, by_clause, counts, macro_f1
from detectors.text import Kind
from pipeline.scorer import Estimate

_SHOWN = 300
"""Characters of a text in the list of errors."""


def figures(reads: Sequence[Read]) -> RenderableType:
    """By clause, kind and language, and clauses by kind."""
    clauses = by_clause(reads)
    parts = (
        _table("By clause", clauses, counts(reads), clean=False),
        Text(f"Mean F1 of the clauses: {macro_f1(clauses.values()):.3f}"),
        _table("By kind", by(reads, lambda row: row.kind), counts(reads)),
        _table("By language", by(reads, lambda row: row.language), counts(reads)),
        _grid(reads),
    )
    return Group(*(part for each in parts for part in (each, "")))


def _empty(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _table(title: str, groups: Mapping[str, Counts], total: Counts, *, clean: bool = True) -> Table:
    columns = ["found", "wrong", "missed", "precision", "recall", "F1"]
    if clean:
        columns += ["texts", "clean", "labelled", "share"]
    table = _empty(title, ("",), columns)
    for name, each in groups.items():
        table.add_row(name, *_cells(each, clean))
    table.add_section()
    table.add_row("all", *_cells(total, clean), style="bold")
    return table


def _cells(each: Counts, clean: bool) -> list[str]:
    cells = [str(each.found), str(each.wrong), str(each.missed)]
    cells += [_decimal(value) for value in (each.precision, each.recall, each.f1)]
    if clean:
        cells += [str(each.texts), str(each.clean), str(each.clean_labelled)]
        cells.append("-" if each.of_clean is None else f"{each.of_clean:.1%}")
    return cells


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _grid(reads: Sequence[Read]) -> Table:
    """F1 of each clause in each kind, and the labels there are."""
    table = _empty("F1 (labels) by clause and kind", ("",), [kind.value for kind in Kind])
    kinds = {kind: by_clause([read for read in reads if read.row.kind is kind]) for kind in Kind}
    for clause in by_clause(reads):
        cells = []
        for kind in Kind:
            each = kinds[kind].get(clause)
            cells.append(f"{_decimal(each.f1)} ({each.found + each.missed})" if each else "-")
        table.add_row(clause, *cells)
    return table


def systems(systems: Mapping[str, Sequence[Read]]) -> Table:
    """Ways of reading the same texts, side by side."""
    columns = ("found", "wrong", "missed", "precision", "recall", "F1", "mean F1", "clean labelled")
    table = _empty("Rules and model", ("",), columns)
    for name, reads in systems.items():
        each = counts(reads)
        share = "-" if each.of_clean is None else f"{each.clean_labelled} ({each.of_clean:.1%})"
        mean = macro_f1(by_clause(reads).values())
        table.add_row(name, *_cells(each, clean=False), f"{mean:.3f}", share)
    return table


def errors(reads: Sequence[Read], most: int) -> RenderableType:
    """The worst errors: clean texts with a label first, then by how sure the reading was."""
    wrong = [read for read in reads if read.row.labels != read.given.keys()]
    parts: list[RenderableType] = [Text(f"The worst of {len(wrong)} texts read wrongly", "bold")]
    for read in sorted(wrong, key=_badness, reverse=True)[:most]:
        row = read.row
        given = ", ".join(f"{c} {score:.2f}" for c, score in sorted(read.given.items())) or "none"
        text = row.text if len(row.text) <= _SHOWN else row.text[: _SHOWN - 1] + "…"
        parts.append(
            Text(
                f"{row.id} ({row.kind.value}): given {given}; "
                f"right {', '.join(sorted(row.labels)) or 'none'}"
            )
        )
        parts.append(Text("    " + " ".join(text.split())))
    return Group(*parts, "")


def _badness(read: Read) -> tuple[bool, float, int]:
    """How bad an error is: on a clean text, how sure, how many labels wrong or missed."""
    right, given = read.row.labels, read.given
    surest = max((given[clause] for clause in given.keys() - right), default=0.0)
    return not right, surest, len(right ^ given.keys())


def moved(moved: Mapping[str, tuple[Estimate, Estimate]], worse: Sequence[str]) -> Table:
    """Figures that are not what they were."""
    table = _empty("Moved", ("figure",), ("committed", "now", ""))
    for name, (before, now) in moved.items():
        table.add_row(name, _told(before), _told(now), "worse" if name in worse else "")
    return table


def _told(estimate: Estimate) -> str:
    return f"{_decimal(estimate.value)} ({_decimal(estimate.low)}..{_decimal(estimate.high)})"


def slowest(readings: Sequence[tuple[str, Kind, float]]) -> Table:
    """Hostile texts and the milliseconds that they took."""
    table = _empty("Slowest hostile texts of 20,000 characters", ("text", "read as"), ("ms",))
    for name, kind, seconds in readings:
        table.add_row(name, kind.value, f"{1_000 * seconds:.1f}" if seconds < inf else "failed")
    return table
