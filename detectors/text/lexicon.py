"""Lexicons: TOML files a language that a native speaker edits, compiled to Aho-Corasick automata.

A pattern is words with spaces between. `(a|b)` stands for either, `(a|)` for a or nothing, and one
may stand within another; `*` at
the end of a word allows any ending, at the start of the first any beginning (compounds); a `*` by
itself between words skips up to four; `<n>` stands for any number. Patterns are read by the
tokeniser that reads texts, so apostrophes and signs need no care.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple, TypeAlias

import xxhash
from ahocorasick_rs import AhoCorasick, Implementation

from detectors.text.concepts import DERIVED, INDEX, numbers
from detectors.text.hiding import Clear
from detectors.text.tokens import DROPPED, NUMBERS, tokens

LANGUAGES = ("sv", "en", "de", "da", "fi", "no", "nl", "fr", "it", "es", "pl", "pt")
_PIECE = re.compile(r"[()|]|[^()|]+")
_MOST_FORMS = 8192
_GAP = 4

_FOLD = dict(
    zip(
        "åäáàâãąæçćčęéèêëíìîïłñńöóòôõøśšúùûüýźżžß",
        "aaaaaaaaccceeeeeiiiilnnoooooossuuuuyzzzs",
        strict=True,
    )
)


class LexiconError(ValueError):
    """A lexicon cannot be used; the message names file, concept and pattern, and what to do."""


@dataclass(frozen=True)
class Lexicon:
    """One language: its common words, by which it is known, and the patterns of each concept.

    `fold`: it is read without accents. `trailing`: negations may follow what they negate.
    """

    language: str
    words: tuple[str, ...]
    fold: bool
    trailing: bool
    concepts: dict[str, tuple[str, ...]]


class Link(NamedTuple):
    """A part of patterns that are matched in several. `node` stands for this part after those
    before it, `before` for those alone (-1: it is the first); at most `gap` tokens may stand
    between. `concepts` are what the patterns name that end here; `open`: others go on."""

    before: int
    node: int
    gap: int
    concepts: tuple[int, ...]
    open: bool


@dataclass(frozen=True)
class Automaton:
    """Strings to look for in a line of tokens. `concepts[i]` are the numbers of the concepts that
    string i names; `links[i]` tell of what longer patterns it is a part; `reach[i]` is the set of
    the concepts that it names, by itself or as the most telling part of a pattern; `further[i]` is
    how many tokens it covers beside the first."""

    machine: AhoCorasick
    concepts: list[tuple[int, ...]]
    links: list[tuple[Link, ...]]
    reach: list[int]
    further: list[int]


def fold(text: str, letters: set[str] | None = None) -> str:
    """Without accents, the same length. `letters`: those outside ASCII, where they are known."""
    if not text.isascii():
        for accented in _FOLD.keys() & (set(text) if letters is None else letters):
            text = text.replace(accented, _FOLD[accented])
    return text


@functools.cache
def load(language: str) -> Lexicon:
    """Read a lexicon. Raises `LexiconError` where it cannot be used."""
    name = f"lexicons/{language}.toml"
    try:
        data = tomllib.loads(resources.files("detectors.text").joinpath(name).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LexiconError(f"{name}: cannot be read: {error}. Mend the file.") from error
    concepts: dict[str, tuple[str, ...]] = {}
    for concept, patterns in data.get("concepts", {}).items():
        if concept not in INDEX or concept in DERIVED:
            raise LexiconError(f"{name}: no concept {concept!r}. Concepts are in docs/text.md.")
        for pattern in patterns:
            if not pattern.strip(" *"):
                raise LexiconError(f"{name}, {concept}: an empty pattern. Take it out.")
        concepts[concept] = tuple(patterns)
    about = data.get("language", {})
    return Lexicon(
        language,
        tuple(about.get("words", ())),
        bool(about.get("fold")),
        bool(about.get("trailing")),
        concepts,
    )


Form: TypeAlias = tuple[tuple[str, int], ...]
"""The parts of a pattern that are matched one by one, each with the gap allowed before it."""


@functools.cache
def forms(pattern: str) -> tuple[Form, ...]:
    """What a pattern stands for, as it would stand in a line of tokens: a form for each way through
    its alternatives."""
    found: list[Form] = []
    for plain in _alternatives(pattern):
        parts: list[tuple[str, int]] = []
        words: list[str] = []
        gap = 0
        for word in plain.split():
            if word == "*":
                if words:
                    parts.append((_line(words), gap))
                    words = []
                gap = _GAP
                continue
            words.append(word)
            if word.endswith("*"):
                parts.append((_line(words), gap))
                words, gap = [], 0
        if words:
            parts.append((_line(words), gap))
        if parts:
            found.append(tuple(parts))
    return tuple(found)


def _line(words: list[str]) -> str:
    head = "" if words[0].startswith("*") else " "
    tail = "" if words[-1].endswith("*") else " "
    line = " ".join(words).replace("*", "").lower()
    if not line.replace(" ", "").isalpha():
        line = " ".join(_tokens(word) for word in line.split())
    return f"{head}{line}{tail}"


def plain(part: str) -> str:
    """A part of a pattern as it would stand in a line of plain words, without ASCII's signs."""
    if part.replace(" ", "").isalpha():
        return part
    words = part.split()
    kept = [i for i, word in enumerate(words) if not _sign(word)]
    if not kept:
        return " "
    before = " " if part.startswith(" ") or kept[0] else ""
    after = " " if part.endswith(" ") or kept[-1] + 1 < len(words) else ""
    return f"{before}{' '.join(words[i] for i in kept)}{after}"


def signs(part: str) -> list[str]:
    """The signs of ASCII in a part of a pattern, but for apostrophes, that have many forms."""
    return [word for word in part.split() if _sign(word) and word not in DROPPED]


def _sign(word: str) -> bool:
    return word.isascii() and not word.isalnum() and word != "#"


def _tokens(word: str) -> str:
    return word if word in NUMBERS else tokens(Clear(word, word, None, None, 0)).text.strip()


def _alternatives(pattern: str) -> list[str]:
    """Every way through the alternatives of a pattern, also of those within others.

    Raises `LexiconError` where there are too many, or a bracket has no match.
    """
    pattern = pattern.replace("<n>", f"({'|'.join(NUMBERS)})")
    choices: list[list[str]] = [[]]
    heads: list[list[str]] = [[""]]
    for piece in _PIECE.findall(pattern):
        if piece == "(":
            choices.append([])
            heads.append([""])
        elif piece == "|" and len(heads) > 1:
            choices[-1] += heads[-1]
            heads[-1] = [""]
        elif piece == ")" and len(heads) > 1:
            ways = choices.pop() + heads.pop()
            heads[-1] = [head + way for head in heads[-1] for way in ways]
        elif piece in "()":
            raise LexiconError(f"{pattern!r}: a bracket is not opened. Open it.")
        else:
            heads[-1] = [head + piece for head in heads[-1]]
        if len(heads[-1]) > _MOST_FORMS:
            raise LexiconError(f"{pattern!r}: more than {_MOST_FORMS} forms. Split it.")
    if len(heads) > 1:
        raise LexiconError(f"{pattern!r}: a bracket is not closed. Close it.")
    return heads[0]


@functools.cache
def automaton(language: str, folded: bool) -> Automaton:
    """The automaton of a language and of what all share; `folded` reads words without accents."""
    concepts: dict[str, int] = {}  # sets of concepts, a bit for each
    telling: dict[str, int] = {}
    chains = _Chains()
    for lexicon in (load("common"), load(language)):
        for concept, patterns in lexicon.concepts.items():
            number = INDEX[concept]
            bit = 1 << number
            for pattern in patterns:
                for parts in forms(pattern):
                    keys = [fold(part) if folded else part for part, _ in parts]
                    if len(keys) == 1:
                        concepts[keys[0]] = concepts.get(keys[0], 0) | bit
                        continue
                    for key in keys:
                        concepts.setdefault(key, 0)
                    chains.add(keys, [gap for _, gap in parts], number)
                    told = max(keys, key=lambda key: len(plain(key)))
                    telling[told] = telling.get(told, 0) | bit
    links = chains.links()
    return Automaton(
        AhoCorasick(list(concepts), implementation=Implementation.ContiguousNFA),
        [numbers(of) for of in concepts.values()],
        [tuple(links.get(key, ())) for key in concepts],
        [of | telling.get(key, 0) for key, of in concepts.items()],
        [key.strip().count(" ") for key in concepts],
    )


class _Chains:
    """Patterns of several parts as a tree, so that what begins alike is followed once."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, str, int], int] = {}
        self._concepts: list[set[int]] = []

    def add(self, keys: list[str], gaps: list[int], concept: int) -> None:
        """Add a pattern: its parts and the gap allowed before each."""
        node = -1
        for key, gap in zip(keys, gaps, strict=True):
            node = self._nodes.setdefault((node, key, gap), len(self._concepts))
            if node == len(self._concepts):
                self._concepts.append(set())
        self._concepts[node].add(concept)

    def links(self) -> dict[str, list[Link]]:
        """What follows from meeting each part."""
        going_on = {before for before, _, _ in self._nodes}
        links: dict[str, list[Link]] = {}
        for (before, key, gap), node in self._nodes.items():
            ends = tuple(sorted(self._concepts[node]))
            links.setdefault(key, []).append(Link(before, node, gap, ends, node in going_on))
        return links


@functools.cache
def fingerprint() -> str:
    """Hash of every lexicon file."""
    digest = xxhash.xxh3_128()
    folder = resources.files("detectors.text").joinpath("lexicons")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
