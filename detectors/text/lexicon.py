"""Lexicons: TOML files a language that a native speaker edits, compiled to Aho-Corasick automata.

A pattern is words with spaces between. `(a|b)` stands for either, `(a|)` for a or nothing; `*` at
the end of the last word allows any ending, at the start of the first any beginning (compounds);
` * ` between words skips up to four; `<n>` stands for any number. Patterns are read by the tokeniser that reads texts, so apostrophes
and signs need no care.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import xxhash
from ahocorasick_rs import AhoCorasick, Implementation

from detectors.text.concepts import DERIVED, INDEX
from detectors.text.hiding import Clear
from detectors.text.tokens import NUMBERS, tokens

LANGUAGES = ("sv", "en", "de", "nl", "da", "no")
_MOST_FORMS = 8192

_FOLD = str.maketrans(
    "åäáàâãąæçćčęéèêëíìîïłñńöóòôõøśšúùûüýźżžß", "aaaaaaaaccceeeeeiiiilnnoooooossuuuuyzzzs"
)


class LexiconError(ValueError):
    """A lexicon cannot be used; the message names file, concept and pattern, and what to do."""


@dataclass(frozen=True)
class Lexicon:
    """One language: its common words, by which it is known, and the patterns of each concept."""

    language: str
    words: tuple[str, ...]
    fold: bool
    concepts: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Automaton:
    """Patterns of a language. `concepts[i]` are the numbers of the concepts of pattern i; `openers`
    and `closers` tell which patterns are the first or the second part of one with a gap: pairs of
    a number for the gap and, for closers, the concept."""

    machine: AhoCorasick
    concepts: list[tuple[int, ...]]
    openers: dict[int, tuple[int, ...]]
    closers: dict[int, tuple[tuple[int, int], ...]]


def fold(text: str) -> str:
    """Without accents, the same length."""
    return text.translate(_FOLD)


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
    return Lexicon(language, tuple(about.get("words", ())), bool(about.get("fold")), concepts)


def forms(pattern: str) -> Iterator[str]:
    """What a pattern stands for, as it would stand in a line of tokens."""
    for plain in _alternatives(pattern):
        words = plain.split()
        head = "" if words[0].startswith("*") else " "
        tail = "" if words[-1].endswith("*") else " "
        line = " ".join(words).replace("*", "").lower()
        if not line.replace(" ", "").isalpha():
            line = " ".join(_tokens(word) for word in line.split())
        if line:
            yield f"{head}{line}{tail}"


def _tokens(word: str) -> str:
    return word if word in NUMBERS else tokens(Clear(word, word, None, None, 0)).text.strip()


def _alternatives(pattern: str) -> list[str]:
    """Every way through the alternatives of a pattern.

    Raises `LexiconError` where there are too many, or a bracket is not closed.
    """
    pattern = pattern.replace("<n>", f"({'|'.join(NUMBERS)})")
    done = [""]
    rest = pattern
    while rest:
        before, bracket, inside = rest.partition("(")
        choices, closed, rest = inside.partition(")")
        if bracket and not closed:
            raise LexiconError(f"{pattern!r}: a bracket is not closed. Close it.")
        done = [
            head + before + choice
            for head in done
            for choice in (choices.split("|") if bracket else [""])
        ]
        if len(done) > _MOST_FORMS:
            raise LexiconError(f"{pattern!r}: more than {_MOST_FORMS} forms. Split it.")
    return done


@functools.cache
def automaton(language: str, folded: bool) -> Automaton:
    """The automaton of a language and of what all share; `folded` reads words without accents."""
    whole: dict[str, set[int]] = {}
    first: dict[str, set[int]] = {}
    second: dict[str, set[tuple[int, int]]] = {}
    gaps = 0

    def put(form: str) -> str:
        key = fold(form) if folded else form
        whole.setdefault(key, set())
        return key

    for lexicon in (load("common"), load(language)):
        for concept, patterns in lexicon.concepts.items():
            number = INDEX[concept]
            for pattern in patterns:
                opening, gap, closing = pattern.partition(" * ")
                if not gap or not closing.strip(" *"):
                    for form in forms(pattern):
                        whole[put(form)].add(number)
                    continue
                for form in forms(opening):
                    first.setdefault(put(form), set()).add(gaps)
                for form in forms(closing):
                    second.setdefault(put(form), set()).add((gaps, number))
                gaps += 1
    places = {form: i for i, form in enumerate(whole)}
    return Automaton(
        AhoCorasick(list(whole), implementation=Implementation.ContiguousNFA),
        [tuple(sorted(concepts)) for concepts in whole.values()],
        {places[form]: tuple(sorted(of)) for form, of in first.items()},
        {places[form]: tuple(sorted(of)) for form, of in second.items()},
    )


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
