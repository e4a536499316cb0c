"""How patterns are written, and what a lexicon that cannot be used says."""

from __future__ import annotations

import pytest

from detectors.text.concepts import DERIVED, NAMES
from detectors.text.lexicon import LANGUAGES, LexiconError, automaton, fold, forms, load


def _lines(pattern: str) -> list[list[str]]:
    return [[part for part, _ in parts] for parts in forms(pattern)]


def test_alternatives_stand_within_alternatives() -> None:
    assert _lines("x (a|b (c|d)) y") == [[" x a y "], [" x b c y "], [" x b d y "]]


def test_stars_open_an_end_or_skip_words() -> None:
    assert _lines("review*") == [[" review"]]
    assert _lines("*rabatt") == [["rabatt "]]
    assert _lines("take * down") == [[" take ", " down "]]


def test_apostrophes_are_read_as_in_texts() -> None:
    assert _lines("we'll") == _lines("we\u2019ll")


@pytest.mark.parametrize("pattern", ["(a|b", "a) b"])
def test_a_bracket_without_its_match_is_told(pattern: str) -> None:
    with pytest.raises(LexiconError, match="bracket"):
        list(forms(pattern))


def test_too_many_forms_are_told() -> None:
    with pytest.raises(LexiconError, match="Split it"):
        list(forms("(a|b|c|d)" * 8))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lexicon_knows_its_concepts_and_can_be_compiled(language: str) -> None:
    lexicon = load(language)
    assert set(lexicon.concepts) <= set(NAMES) - DERIVED
    assert {"review", "star", "five", "refund", "not", "if", "write"} <= set(lexicon.concepts)
    assert len(lexicon.words) >= 50
    assert len(automaton(language, False).reach) > 500


def test_folding_keeps_the_length() -> None:
    text = "åäö éèê ñ ł ß ż"
    assert len(fold(text)) == len(text)
    assert fold(text).isascii()
