"""Tell cheaply that a text can show nothing: one scan of its plain words.

Most texts name nothing that a rule needs. `glance` finds the set of the concepts that a text could
name, too large rather than too small: signs are dropped, accents too, and of a pattern with gaps
only the most telling part is looked for. A text in which something may be hidden is left to
`undo`, and read closely.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick, Implementation

from detectors.text.addresses import FEWEST_DIGITS, dots
from detectors.text.concepts import BIT, bits
from detectors.text.hiding import hides
from detectors.text.language import languages
from detectors.text.lexicon import LANGUAGES, fold, forms, load, plain
from detectors.text.tokens import KEPT_NUMBERS

_COMMON = bits("not but if after for me until everyone hope")
"""Concepts that many texts name, and few rules turn on: taken for named, to look for less."""
_APART = re.compile(rb"\xc2.|\xe2..|\xf0...", re.DOTALL)
"""Signs outside ASCII, in UTF-8: no letter of the twelve languages begins with these bytes."""
_NUMBER = re.compile(rb"\d+(?:[.,]\d+)*")
_ALL_DIGITS = b"0123456789"
_ASCII = bytes(range(128))
_ANY_NUMBER = "\x01"
_KEPT = frozenset(number.encode() for number in KEPT_NUMBERS)
_SPACES = bytes(
    byte if byte >= 128 or byte == 1 or chr(byte).isalnum() else 32 for byte in range(256)
)


@dataclass(frozen=True)
class _Scan:
    """Words to look for; `reach[i]` are the concepts that word i could name, `granted` those that
    signs alone can name: they are taken for named."""

    machine: BytesAhoCorasick
    reach: list[int]
    granted: int


@functools.cache
def _scan(spoken: str) -> _Scan:
    """The scan for a language, or for any language ("")."""
    anchors: dict[str, int] = {f" {fold(word)} ": BIT["address"] for word in dots()}
    granted = _COMMON
    for language in ("common", *([spoken] if spoken else LANGUAGES)):
        own, signs = _anchors(language)
        granted |= signs
        for anchor, bit in own.items():
            anchors[anchor] = anchors.get(anchor, 0) | bit
    return _Scan(
        BytesAhoCorasick(
            [key.encode() for key in anchors], implementation=Implementation.ContiguousNFA
        ),
        list(anchors.values()),
        granted,
    )


@functools.cache
def _anchors(language: str) -> tuple[Mapping[str, int], int]:
    """The words to look for of one lexicon with the concepts that each could name, and the
    concepts that signs alone can name."""
    anchors: dict[str, int] = {}
    granted = 0
    for concept, patterns in load(language).concepts.items():
        bit = BIT[concept]
        for pattern in patterns if not _COMMON & bit else ():
            for parts in forms(pattern):
                anchor = fold(_anchor([part for part, _ in parts]))
                if anchor.isspace():
                    granted |= bit
                else:
                    anchors[anchor] = anchors.get(anchor, 0) | bit
    return anchors, granted


def _anchor(parts: list[str]) -> str:
    """The longest part of a pattern as it would stand among plain words."""
    return max((plain(part) for part in parts), key=len).replace("#", _ANY_NUMBER)


def glance(raw: str, hint: str | None) -> int | None:
    """The set of the concepts that a text could name, or none where something may be hidden.

    `hint` is the language that the text is said to be in.
    """
    if "\ufe0f" in raw:
        raw = raw.replace("\ufe0f", "")
    text = raw.lower()
    if len(text) != len(raw) or hides(text):
        return None
    data = (f" {text} ★ " if "*" in text else f" {text} ").encode()
    reach = BIT["question"] if "?" in text else 0
    if "@" in text:
        reach |= BIT["address"]
    digits = len(data) - len(data.translate(None, _ALL_DIGITS))
    if digits:
        data = _NUMBER.sub(_number, data)
        if digits >= FEWEST_DIGITS:
            reach |= BIT["phone"]
    letters: set[str] = set()
    if not text.isascii():
        beyond = data.translate(None, _ASCII).decode()
        letters.update(beyond)
        if not beyond.isalpha():
            data = _APART.sub(rb" \g<0> ", data)
    words = data.translate(_SPACES).decode().split()
    return reach | _named(words, letters, languages(words, letters, hint))


def _named(words: list[str], letters: set[str], spoken: tuple[str, ...]) -> int:
    line = fold(f" {' '.join(words)} ", letters).encode()
    reach = 0
    for language in ("",) if len(spoken) == len(LANGUAGES) else spoken:
        scan = _scan(language)
        reach |= scan.granted
        sets = scan.reach
        for word, _, _ in scan.machine.find_matches_as_indexes(line, True):
            reach |= sets[word]
    return reach


def _number(match: re.Match[bytes]) -> bytes:
    number = match[0]
    return b" %b " % number if number in _KEPT else b" \x01 "
