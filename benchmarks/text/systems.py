"""Ways of reading the texts, measured side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.text import learn
from benchmarks.text.bank import read_phrases
from benchmarks.text.corpus import Labelled
from benchmarks.text.figures import Read
from detectors.text import model, read

RULES = "rules alone"
PHRASINGS, LANGUAGES = "and model, phrasings left out", "and model, languages left out"
SHIPPED = "and model, as shipped"


def of_built(rows: Sequence[Labelled]) -> dict[str, list[Read]]:
    """By rules, which have seen these texts, and with a model that has not: whole phrasings left
    out in every language, or whole families of languages in every phrasing."""
    of = learn.examples(rows)
    always = learn.examples(read_phrases())
    return {
        RULES: _by_rules(of),
        PHRASINGS: _reads(rows, learn.left_out(of, learn.phrasing, always)),
        LANGUAGES: _reads(rows, learn.left_out(of, learn.family, always)),
    }


def trained_on_these(rows: Sequence[Labelled]) -> bool:
    """Whether the model of the package was trained on these texts and the bank as they are."""
    return model.stored().trained_on == learn.fingerprint([*rows, *read_phrases()])


def of_held_out(rows: Sequence[Labelled]) -> dict[str, list[Read]]:
    """By rules, and with the model of the package."""
    shipped = [
        {str(label.clause): label.score for label in read(row.text, row.kind, row.lang).labels}
        for row in rows
    ]
    return {RULES: _by_rules(learn.examples(rows)), SHIPPED: _reads(rows, shipped)}


def _by_rules(of: Sequence[learn.Example]) -> list[Read]:
    return [Read(example.row, example.ruled) for example in of]


def _reads(rows: Sequence[Labelled], given: Sequence[Mapping[str, float]]) -> list[Read]:
    return [Read(row, labels) for row, labels in zip(rows, given, strict=True)]
