"""Fit the model of `detectors.text.model`, and see what it makes of phrasings and languages that it
was not shown."""

from __future__ import annotations

import hashlib
import inspect
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.text.corpus import Labelled
from detectors.text import acts, judge, model
from detectors.text.model import UNIT, VERSION, Features, Weights
from detectors.text.reading import parse, words
from schemas.alerts import CLAUSES

PARTS = 5
"""Parts that phrasings are dealt into, each left out in turn."""
FAMILIES = ("sv da no", "en de nl", "fr it es pt", "fi", "pl")
"""Languages that are left out together."""
STRENGTH = 1.0
"""Inverse of the regularization of scikit-learn's `LogisticRegression`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text as the model sees it, and what the rules say of it, with their scores."""

    row: Labelled
    seen: Features | None
    """None where the words could show nothing, so that nothing is read."""
    ruled: dict[str, float]


def examples(rows: Sequence[Labelled]) -> list[Example]:
    """Read every text by the rules."""
    return [_example(row) for row in rows]


def _example(row: Labelled) -> Example:
    said = words(row.text, row.language)
    if not judge.could_show(said.reach, row.kind):
        return Example(row, None, {})
    parsed = parse(said)
    acts.find(parsed)
    ruled = {str(x.clause): x.score for x in judge.findings(parsed, row.kind)}
    return Example(row, model.features(parsed), ruled)


def fit(shown: Sequence[Example]) -> Weights:
    """The weights that these examples teach."""
    told = [example for example in shown if example.seen is not None]
    clauses = tuple(
        clause
        for clause in CLAUSES
        if 0 < sum(clause in example.row.labels for example in told) < len(told)
    )
    vectorizer = DictVectorizer(dtype=np.float64)
    data = vectorizer.fit_transform([_one_each(example) for example in told])
    data.indices, data.indptr = (of.astype(np.int32) for of in (data.indices, data.indptr))
    fitted = []
    for clause in clauses:
        right = np.array([clause in example.row.labels for example in told])
        fitted.append(LogisticRegression(C=STRENGTH, solver="liblinear").fit(data, right))
    weights = np.stack([each.coef_[0] for each in fitted], axis=1)
    return Weights(
        version=VERSION,
        trained_on=fingerprint([example.row for example in shown]),
        clauses=clauses,
        bias=_whole(np.array([each.intercept_[0] for each in fitted])),
        features={
            name: row
            for name, values in zip(vectorizer.feature_names_, weights, strict=True)
            if any(row := _whole(values))
        },
    )


def _one_each(example: Example) -> dict[str, float]:
    assert example.seen is not None
    return dict.fromkeys(example.seen.each(example.row.kind), 1.0)


def _whole(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(value) for value in np.rint(values * UNIT))


def fingerprint(rows: Sequence[Labelled]) -> str:
    """Hash of texts, labels and the code that makes features of them."""
    code = (inspect.getsource(part) for part in (model.Features, model.features))
    digest = hashlib.sha256("".join(code).encode())
    for row in rows:
        digest.update(repr((row.kind.value, row.text, sorted(row.labels))).encode())
    return digest.hexdigest()[:16]


def labels(weights: Weights, of: Sequence[Example]) -> list[dict[str, float]]:
    """The labels of each example, with scores: those of the rules as the model revises them."""
    compiled = model.compiled(weights)
    return [_labels(compiled, example) for example in of]


def _labels(compiled: model.Model, example: Example) -> dict[str, float]:
    if example.seen is None:
        return {}
    odds = compiled.log_odds(example.seen, example.row.kind)
    kept, added = model.revised(example.ruled.keys(), odds)
    return {clause: example.ruled.get(clause, model.ADDED_SCORE) for clause in kept | added}


def left_out(
    of: Sequence[Example], group: Callable[[Labelled], str], always: Sequence[Example]
) -> list[dict[str, float]]:
    """The labels of each example by a model that has seen none of its group, in whole groups.

    `always` are further examples to learn from, but for those of the group.
    """
    found: list[dict[str, float]] = [{} for _ in of]
    for name in sorted({group(example.row) for example in of}):
        mine = [i for i, example in enumerate(of) if group(example.row) == name]
        others = [example for example in (*of, *always) if group(example.row) != name]
        for i, given in zip(mine, labels(fit(others), [of[i] for i in mine]), strict=True):
            found[i] = given
    return found


def phrasing(row: Labelled) -> str:
    """The part that a text is dealt to: texts of one phrasing to the same, in every language."""
    return str(zlib.crc32(row.phrasing.encode()) % PARTS)


def family(row: Labelled) -> str:
    """The languages that are left out together, for they are alike."""
    return next(family for family in FAMILIES if row.language in family.split())
