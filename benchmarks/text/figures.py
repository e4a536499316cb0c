"""Precision, recall and F1 of labels, by clause, kind and language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.text.corpus import Labelled
from pipeline.scorer import Bootstrap, Estimate
from schemas.alerts import CLAUSES


@dataclass(frozen=True, slots=True)
class Read:
    """A text and the score of each label that it was given."""

    row: Labelled
    given: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """Labels found, given wrongly and missed, over `texts` texts of which `clean` have no label and
    `clean_labelled` were given one all the same."""

    found: int = 0
    wrong: int = 0
    missed: int = 0
    texts: int = 0
    clean: int = 0
    clean_labelled: int = 0

    @property
    def precision(self) -> float | None:
        """The share of given labels that are right."""
        return _share(self.found, self.found + self.wrong)

    @property
    def recall(self) -> float | None:
        """The share of right labels that were given."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.found, 2 * self.found + self.wrong + self.missed)

    @property
    def of_clean(self) -> float | None:
        """The share of clean texts that were given a label."""
        return _share(self.clean_labelled, self.clean)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def counts(reads: Iterable[Read], clauses: frozenset[str] = frozenset(CLAUSES)) -> Counts:
    """Count the labels of these clauses."""
    found = wrong = missed = texts = clean = labelled = 0
    for read in reads:
        right, given = read.row.labels & clauses, read.given.keys() & clauses
        found += len(right & given)
        wrong += len(given - right)
        missed += len(right - given)
        texts += 1
        clean += not read.row.labels
        labelled += not read.row.labels and bool(given)
    return Counts(found, wrong, missed, texts, clean, labelled)


def by_clause(reads: Sequence[Read]) -> dict[str, Counts]:
    """The counts of each clause that text can show, in the policy's order."""
    found = {clause: counts(reads, frozenset((clause,))) for clause in CLAUSES}
    return {name: each for name, each in found.items() if each.found + each.wrong + each.missed}


def by(reads: Sequence[Read], name: Callable[[Labelled], str]) -> dict[str, Counts]:
    """The counts of each group of texts."""
    groups: dict[str, list[Read]] = {}
    for read in reads:
        groups.setdefault(name(read.row), []).append(read)
    return {name: counts(group) for name, group in sorted(groups.items())}


def macro_f1(clauses: Iterable[Counts]) -> float:
    """The mean of the clauses' F1: each counts alike, however rare."""
    scores = [each.f1 or 0.0 for each in clauses]
    return sum(scores) / len(scores) if scores else 0.0


def over_all(reads: Sequence[Read]) -> Iterator[tuple[str, Estimate]]:
    """The figures over all texts, by name, with the interval that resampling the texts gives."""
    ratio = Bootstrap().ratio
    each = [counts((read,)) for read in reads]
    yield "all: F1", ratio(_halves(c) for c in each)
    yield "all: precision", ratio((c.found, c.found + c.wrong) for c in each)
    yield "all: recall", ratio((c.found, c.found + c.missed) for c in each)
    yield "all: clean labelled", ratio((c.clean_labelled, c.clean) for c in each)


def estimates(reads: Sequence[Read]) -> Iterator[tuple[str, Estimate]]:
    """The figures over all texts, and F1 of every clause, kind and language, by name."""
    yield from over_all(reads)
    ratio = Bootstrap().ratio
    for clause in by_clause(reads):
        only = frozenset((clause,))
        yield f"{clause}: F1", ratio(_halves(counts((read,), only)) for read in reads)
    each = [(read.row, _halves(counts((read,)))) for read in reads]
    for kind in sorted({row.kind for row, _ in each}):
        yield f"{kind}: F1", ratio(halves for row, halves in each if row.kind is kind)
    for name in sorted({row.language for row, _ in each}):
        yield f"{name}: F1", ratio(halves for row, halves in each if row.language == name)


def _halves(of: Counts) -> tuple[int, int]:
    return 2 * of.found, 2 * of.found + of.wrong + of.missed
