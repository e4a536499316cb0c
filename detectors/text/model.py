"""The second reader: logistic regressions over what the rules read too, one a clause.

It speaks no language: its features are the concepts and acts of a text, told apart by whether they
are asserted, negated or only named, by the kind of text, and by what they stand beside in one
sentence. It revises the rules where it is all but certain: it withdraws a label that it finds
hardly possible, and adds one that it finds hardly avoidable. The weights are data, made by
`python -m benchmarks.text.train` and never a pickle; docs/text.md says what they add.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.text.acts import could
from detectors.text.concepts import INDEX, NAMES, bits, names
from detectors.text.judge import Finding, outranked, shown
from detectors.text.reading import Parsed
from detectors.text.rules import Kind
from schemas.alerts import CLAUSES, Clause

FILE: Final = "model.json"
VERSION: Final = 1
"""Of what the features mean. Weights of another version are refused."""
UNIT: Final = 1_000
"""Weights are log odds times this."""
WITHDRAWN: Final = UNIT * math.log(0.02 / 0.98)
"""A label of the rules falls where its probability is below 0.02."""
ADDED: Final = UNIT * math.log(0.95 / 0.05)
"""A label that no rule gave is added where its probability is above 0.95."""
LONGEST: Final = 120
"""Tokens of a text to which a label may be added; the texts that it learns from are shorter."""
ADDED_SCORE: Final = 0.7
"""What added labels are worth: how many were right on phrasings never seen (docs/text.md)."""

_SIDE = {
    Kind.SELLER_MESSAGE: "seller",
    Kind.PACKAGE_INSERT: "seller",
    Kind.BUYER_MESSAGE: "buyer",
    Kind.REVIEW_TEXT: "buyer",
}
_BESIDE: Final = {
    "review": bits("rev"),
    "change": bits("alter altered change remove"),
    "tale": bits("report told"),
}
"""What a concept is told apart by when it stands in the same sentence."""
GROUPS: Final = ("said", "negated", "named", *_BESIDE)
_ROWS = len(GROUPS) * len(NAMES) + 1
_OCTETS = (_ROWS + 7) // 8
_WORDS = 3
"""Concepts whose words explain an added label."""


_LANE: Final = 32
_SPARE: Final = 1 << _LANE - 1
_ENOUGH: Final = sum(_SPARE << _LANE * clause for clause in range(len(CLAUSES)))
"""The highest bit of every lane of `_most`."""
_DENYING: Final = bits("not prohibit")
_DROPPING: Final = bits("howto bought defect gave everyone untied")
"""Concepts beside which others are named and not asserted, with no negation."""


class ModelError(ValueError):
    """The weights cannot be used; says why and what to do."""


class Weights(msgspec.Struct, frozen=True):
    """The weights as they are stored, in thousandths of the log odds: whole numbers, so that their
    sum does not depend on its order."""

    version: int
    trained_on: str
    """Fingerprint of the texts, their labels and the code of the features."""
    clauses: tuple[str, ...]
    bias: tuple[int, ...]
    """One of each clause."""
    features: dict[str, tuple[int, ...]]
    """By the name of the feature, as `Features.each` gives it, one of each clause."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a text asserts, negates and only names, and what it asserts beside what: sets of
    concepts in the order of `GROUPS`."""

    groups: tuple[int, ...]

    def each(self, kind: Kind) -> Iterator[str]:
        """The names of the features, such as `said:reward` and `package_insert:reward`."""
        yield f"{kind.value}:"
        for group, concepts in zip(GROUPS, self.groups, strict=True):
            for heading in _headings(group, kind):
                for name in names(concepts):
                    yield f"{heading}:{name}"


def _headings(group: str, kind: Kind) -> tuple[str, ...]:
    """The features that a concept of a group gives: what is said, also by side and kind."""
    return (group, _SIDE[kind], kind.value) if group == GROUPS[0] else (group,)


def features(parsed: Parsed) -> Features:
    """The features of a text whose acts have been found."""
    asserted = negated = named = 0
    beside = [0] * len(_BESIDE)
    for sentence in parsed.sentences:
        said = sentence.asserted
        asserted |= said
        negated |= sentence.negated
        named |= sentence.named
        for i, concepts in enumerate(_BESIDE.values()):
            if said & concepts:
                beside[i] |= said
    return Features((asserted, negated, named & ~asserted, *beside))


@dataclass(frozen=True)
class Model:
    """Weights in tables, one a kind of text: a row for each concept of each group, and a last one
    for the bias; a column for each clause."""

    clauses: tuple[str, ...]
    tables: Mapping[Kind, NDArray[np.int64]]
    sums: Mapping[Kind, tuple[int, ...]]
    """The rows of the tables, the clauses of each side by side in an integer."""

    def log_odds(self, found: Features, kind: Kind) -> dict[str, int]:
        """What speaks for each clause, in units of the weights."""
        rows = self.sums[kind]
        odds, first = rows[-1], 0
        for concepts in found.groups:
            odds += _added_up(rows, first, concepts)
            first += len(NAMES)
        lanes = struct.iter_unpack("<I", odds.to_bytes(len(self.clauses) * _LANE // 8, "little"))
        return {clause: each - _SPARE for clause, (each,) in zip(self.clauses, lanes, strict=True)}

    def telling(self, clause: str, found: Features, kind: Kind) -> int:
        """The concepts said or named that speak most for a clause."""
        weights = self.tables[kind][:, self.clauses.index(clause)] * _row(found)
        groups = weights[:-1].reshape(len(GROUPS), len(NAMES))
        totals = groups.sum(axis=0) - groups[GROUPS.index("negated")]
        most = np.argsort(-totals, kind="stable")[:_WORDS]
        return sum(1 << int(concept) for concept in most if totals[concept] > 0)


def _added_up(rows: Sequence[int], first: int, concepts: int) -> int:
    """The rows of these concepts, the row of the first concept being this one."""
    total = 0
    while concepts:
        lowest = concepts & -concepts
        total += rows[first + lowest.bit_length() - 1]
        concepts ^= lowest
    return total


def _row(found: Features) -> NDArray[np.uint8]:
    """1 for each feature of a text in the order of the tables' rows, the bias last, else 0."""
    packed = 1 << _ROWS - 1
    for group, concepts in enumerate(found.groups):
        packed |= concepts << group * len(NAMES)
    octets = np.frombuffer(packed.to_bytes(_OCTETS, "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=_ROWS, bitorder="little")


def revised(labels: Collection[str], odds: Mapping[str, float]) -> tuple[set[str], set[str]]:
    """The labels of the rules that stand, and those that the model adds."""
    kept = {clause for clause in labels if odds.get(clause, 0.0) >= WITHDRAWN}
    added = {clause for clause, each in odds.items() if each > ADDED and clause not in labels}
    return kept, added - outranked(kept | added) if added else added


def revise(found: Sequence[Finding], parsed: Parsed, kind: Kind) -> list[Finding]:
    """The findings of the rules, revised, in the policy's order.

    In a long text what is said far apart is not said together, which the model does not see: it
    adds nothing there.
    """
    model, seen = load(), features(parsed)
    odds = model.log_odds(seen, kind)
    if not found and max(odds.values()) <= ADDED:
        return []
    labels = {finding.clause for finding in found}
    kept, added = revised(labels, odds)
    if len(parsed.line.words) > LONGEST:
        added = set()
    if not added and len(kept) == len(labels):
        return list(found)
    standing = {str(finding.clause): finding for finding in found if finding.clause in kept}
    for clause in added:
        spans = shown(parsed, parsed.sentences, model.telling(clause, seen, kind))
        standing[clause] = Finding(cast(Clause, clause), ADDED_SCORE, spans)
    return [standing[clause] for clause in CLAUSES if clause in standing]


@functools.lru_cache(maxsize=1 << 16)
def could_add(reach: int, kind: Kind) -> bool:
    """Whether these concepts, however they stood, could give a label that no rule gave: whether
    what could speak for a clause, nothing against it, is enough."""
    reach = could(reach)
    beside = tuple(bool(reach & concepts) for concepts in _BESIDE.values())
    most = _most(kind, beside, bool(reach & _DENYING), bool(reach & _DROPPING))
    return bool(most[-1] + _added_up(most, 0, reach) & _ENOUGH)


@functools.cache
def _most(kind: Kind, beside: tuple[bool, ...], denies: bool, drops: bool) -> tuple[int, ...]:
    """The most that each concept could say for the clauses, all of these side by side in an
    integer. The last is the bias; a lane above `_ENOUGH` has reached what adds a label.

    `beside`: whether a review, a change and a tale are told of; `denies`: whether anything can be
    negated; `drops`: whether what is named can be not asserted without that.
    """
    model = load()
    table = model.tables[kind]
    said, negated, named, *near = table[:-1].reshape(len(GROUPS), len(NAMES), -1)
    most = said + sum(
        (np.maximum(group, 0) for group, told in zip(near, beside, strict=True) if told),
        start=np.zeros_like(said),
    )
    if denies or drops:
        most = np.maximum(most, named)
    most = np.maximum(most, 0)
    if denies:
        most += np.maximum(negated, 0)
    return _side_by_side(np.vstack((most, table[-1])), table[-1] + _SPARE - math.ceil(ADDED))


@functools.cache
def load() -> Model:
    """The model of the package.

    Raises:
        ModelError: its weights are of other features.
    """
    return compiled(stored())


def stored() -> Weights:
    """The weights of the package as they are stored."""
    content = resources.files("detectors.text").joinpath(FILE).read_bytes()
    return msgspec.json.decode(content, type=Weights)


def compiled(weights: Weights) -> Model:
    """The model with these weights.

    Raises:
        ModelError: they are of another version, or of concepts that are no more.
    """
    advice = "train them again: python -m benchmarks.text.train"
    if weights.version != VERSION:
        raise ModelError(f"{FILE}: weights of version {weights.version}, not {VERSION}; {advice}")
    unknown = {key.partition(":")[2] for key in weights.features} - INDEX.keys() - {""}
    if unknown:
        raise ModelError(f"{FILE}: weights of unknown concepts ({min(unknown)}); {advice}")
    tables = {kind: _table(weights, kind) for kind in Kind}
    sums = {kind: _side_by_side(table, table[-1] + _SPARE) for kind, table in tables.items()}
    return Model(weights.clauses, tables, sums)


def _side_by_side(rows: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[int, ...]:
    """Each row as one integer with a lane for each column, so that one addition adds them all; with
    another row in the place of the last, which keeps every lane of a sum above zero."""
    return tuple(
        sum(each << _LANE * column for column, each in enumerate(row))
        for row in (*rows[:-1].tolist(), last.tolist())
    )


def _table(weights: Weights, kind: Kind) -> NDArray[np.int64]:
    table = np.zeros((_ROWS, len(weights.clauses)), dtype=np.int64)
    none = (0,) * len(weights.clauses)

    def row(name: str) -> NDArray[np.int64]:
        return np.array(weights.features.get(name, none), dtype=np.int64)

    table[-1] = np.array(weights.bias, dtype=np.int64) + row(f"{kind.value}:")
    for group, title in enumerate(GROUPS):
        for heading in _headings(title, kind):
            for name in NAMES:
                table[group * len(NAMES) + INDEX[name]] += row(f"{heading}:{name}")
    return table
