"""Whether two listings describe variants of one thing.

Titles are compared by the words that tell what a product is, and each word by its letter triples
(Dice's coefficient) or by containing the other, so that an inflected or compounded word is still
the same. The overlap is measured against the shorter title: a bundle names its product too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib import resources

from detectors.tables import ListingRow
from detectors.variations.tables import Profile

MAX_WORDS = 24
MAX_STEPS = 8
CONTAINED = 0.9
"""How like a word is one that it is a part of (0 to 1)."""
MIN_PART = 4
"""From how many letters a part of a word counts."""
NEAR = 0.5
"""From which Dice coefficient of letter triples two words are forms of one (0 to 1)."""

_WORD = re.compile(r"[^\W_]+")


@cache
def variant_words() -> frozenset[str]:
    """Words by which variants differ."""
    text = (resources.files("detectors") / "variations" / "words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def profile(listing: ListingRow) -> Profile:
    """What a listing says the product is."""
    brand = " ".join(_words(listing.brand))
    words = [w for w in _words(listing.title) if _tells(w) and w not in brand.split()]
    varied = {w for value in listing.attributes for w in _words(value)}
    # An attribute may name the thing itself: then it is all the title has.
    kept = [w for w in words if w not in varied] or words
    steps = (" ".join(_words(step)) for step in listing.category.split("/"))
    return Profile(
        words=tuple(sorted(set(kept))[:MAX_WORDS]),
        category=tuple([step for step in steps if step][:MAX_STEPS]),
        brand=brand,
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _tells(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and word not in variant_words()


def unrelated(a: Profile, b: Profile, alike: float) -> float:
    """How surely two listings describe things that are not variants of one (probability).

    Within one leaf of the catalogue a translated or reworded title is no other thing, unless the
    brand is another too.
    """
    if a.words and b.words:
        if overlap(a.words, b.words) >= alike:
            return 0.0
        titles = 1.0
    else:
        titles = 0.3  # nothing but a brand and a colour to compare
    return titles * _apart(a, b)


def _apart(a: Profile, b: Profile) -> float:
    """What category and brand make of titles that have nothing in common (probability)."""
    brands = bool(a.brand and b.brand) and not _one_brand(a.brand, b.brand)
    if not a.category or not b.category:
        return 0.6 if brands else 0.2
    shared = _shared_steps(a.category, b.category)
    if not shared:
        return 0.95 if brands else 0.9
    if shared < min(len(a.category), len(b.category)):
        return 0.9 if brands else 0.8
    return 0.6 if brands else 0.15


def _one_brand(a: str, b: str) -> bool:
    return a in b or b in a


def _shared_steps(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    shared = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        shared += 1
    return shared


def overlap(a: Collection[str], b: Collection[str]) -> float:
    """Share of the shorter title's words, by their lengths, that the other title has too."""
    few, many = sorted((sorted(a), sorted(b)), key=lambda words: (sum(map(len, words)), words))
    total = sum(map(len, few))
    found = sum(len(w) * max(_like(w, other) for other in many) for w in few)
    return found / total


def _like(a: str, b: str) -> float:
    if a == b:
        return 1.0
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) >= MIN_PART and short in long:
        return CONTAINED
    x, y = _triples(a), _triples(b)
    near = 2 * len(x & y) / (len(x) + len(y))
    return near if near >= NEAR else 0.0


def _triples(word: str) -> set[str]:
    return {word[i : i + 3] for i in range(len(word) - 2)}
