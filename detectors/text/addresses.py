"""E-mail addresses, handles and telephone numbers in a line of tokens, also spelled out."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

from detectors.text.tokens import Line

FEWEST_DIGITS = 7
_MOST_DIGITS = 14
_PHONE_SIGNS = frozenset("+-/.:,")
_MOST_PARTS = 9


@functools.cache
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    data = tomllib.loads(
        resources.files("detectors.text").joinpath("lexicons/hiding.toml").read_text("utf-8")
    )
    return frozenset(data["at"]), frozenset(data["dot"]), frozenset(data["domains"])


def dots() -> frozenset[str]:
    """The words that stand for the dot of an address."""
    return _words()[1]


def addresses(line: Line) -> list[tuple[int, int, bool]]:
    """First token, last token, and whether it was spelled out to hide it, of each address and
    handle."""
    words = line.words
    present = set(words)
    at_words, dot_words, domains = _words()
    found: list[tuple[int, int, bool]] = []
    if not (present.isdisjoint(domains) or present.isdisjoint(at_words)):
        found += _mail(line, at_words, dot_words, domains)
    if "@" in present:
        found += _handles(line)
    return found


def _mail(
    line: Line, at_words: frozenset[str], dot_words: frozenset[str], domains: frozenset[str]
) -> list[tuple[int, int, bool]]:
    words = line.words
    found = []
    for i in range(4, len(words)):
        if words[i] not in domains:
            continue
        dot = words[i - 1]
        if dot != "." and dot not in dot_words:
            continue
        for j in range(i - 3, max(i - 8, 0), -1):
            if words[j] in at_words:
                hidden = words[j] != "@" or dot != "."
                spelled = words[j] == "@" or dot in dot_words
                if spelled:
                    found.append((j - 1, i, hidden))
                break
    return found


def _handles(line: Line) -> list[tuple[int, int, bool]]:
    words, begins, finishes = line.words, line.begins, line.finishes
    found = []
    for i, word in enumerate(words[:-1]):
        if word != "@" or begins[i + 1] != finishes[i] or not words[i + 1].isalpha():
            continue
        if i == 0 or finishes[i - 1] < begins[i]:
            found.append((i, i + 1, False))
    return found


def phones(line: Line) -> list[tuple[int, int]]:
    """First and last token of what may be telephone numbers."""
    words, begins, finishes = line.words, line.begins, line.finishes
    if "#" not in words:
        return []
    found = []
    i = 0
    while i < len(words):
        first = i
        digits = parts = 0
        while (
            i < len(words)
            and (words[i][0].isdigit() or words[i] == "#" or words[i] in _PHONE_SIGNS)
            and parts < _MOST_PARTS
        ):
            if words[i] not in _PHONE_SIGNS:
                digits += finishes[i] - begins[i]
                parts += 1
            i += 1
        if FEWEST_DIGITS <= digits <= _MOST_DIGITS and i - first <= 2 * _MOST_PARTS:
            found.append((first, i - 1))
        i += i == first
    return found
