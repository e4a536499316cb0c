"""Sketches of wording: stable across processes, near the true similarity, silent on short texts."""

from __future__ import annotations

import random

import pytest

from detectors.disclosure import discloses, phrases
from detectors.wording import MIN_WORDS, PERMUTATIONS, SHINGLE, likeness, sketch, stacked

TEXT = "The battery lasts for two days and the sound is rich even at low volume, I like it a lot"


def test_a_sketch_never_changes() -> None:
    """It is stored and compared with those of other processes and versions."""
    assert sketch(TEXT)[:12].hex() == "128493a52c83a1844c577897"
    assert len(sketch(TEXT)) == PERMUTATIONS


def test_case_and_punctuation_do_not_matter() -> None:
    assert sketch(TEXT) == sketch(TEXT.upper().replace(",", " !"))


def test_short_texts_have_none() -> None:
    assert sketch(" ".join(["word"] * (MIN_WORDS - 1))) == b""
    assert sketch("") == b""


@pytest.mark.parametrize("changed", [0, 2, 10, 60])
def test_similarity_is_near_jaccard(changed: int) -> None:
    r = random.Random(changed)
    words = [f"w{i}" for i in range(120)]
    other = list(words)
    for i in r.sample(range(120), changed):
        other[i] = f"x{i}"

    def shingles(ws: list[str]) -> set[str]:
        return {" ".join(ws[i : i + SHINGLE]) for i in range(len(ws) - SHINGLE + 1)}

    a, b = shingles(words), shingles(other)
    one, another = (stacked([sketch(" ".join(text))]) for text in (words, other))
    estimated = likeness(one, another)[0, 0]
    assert abs(estimated - len(a & b) / len(a | b)) < 0.2


@pytest.mark.parametrize("text", ["x" * 20_000, "a " * 10_000, "\x00" * 20_000, "🌟" * 20_000])
def test_hostile_texts_are_read(text: str) -> None:
    assert len(sketch(text)) in (0, PERMUTATIONS)
    assert not discloses(text)


def test_disclosures_of_every_language_are_seen() -> None:
    assert all(discloses(f"Hej! {p.upper()}, alltså.") for p in phrases())
    assert not discloses("Free shipping, and the review by a friend made me buy it")
