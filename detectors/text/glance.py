"""Tell cheaply that a text can show nothing: one scan of its plain words.

Most texts name nothing that a rule needs. `glance` finds the set of the concepts that a text could
name, too large rather than too small: accents and the order of signs are dropped, and the parts of
a pattern with gaps may stand anywhere. A text in which something may be hidden is left to `undo`,
and read closely.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from ahocorasick_rs import BytesAhoCorasick, Implementation

from detectors.text.addresses import FEWEST_DIGITS, dots
from detectors.text.concepts import BIT, NAMES
from detectors.text.hiding import hides
from detectors.text.language import languages
from detectors.text.lexicon import fold, forms, load, plain, signs
from detectors.text.tokens import DROPPED, KEPT_NUMBERS

_APART = re.compile(rb"\xc2.|\xe2..|\xf0...", re.DOTALL)
"""Signs outside ASCII, in UTF-8: no letter of the twelve languages begins with these bytes."""
_DROPPED = {ord(sign): " " for sign in DROPPED if not sign.isascii()}
_NUMBER = re.compile(rb"\d+(?:[.,]\d+)*")
_ALL_DIGITS = b"0123456789"
_ASCII = bytes(range(128))
_ANY_NUMBER = "\x01"
_KEPT = frozenset(number.encode() for number in KEPT_NUMBERS)
_STARRED = "".join(f" {number} ★ {number} " for number in KEPT_NUMBERS).encode()
"""What an asterisk may stand for."""
_SPACES = bytes(
    byte if byte >= 128 or byte == 1 or chr(byte).isalnum() else 32 for byte in range(256)
)
_NO_SIGNS = bytes(byte for byte in range(256) if _SPACES[byte] == byte or chr(byte).isspace())
_LONGEST = 4_000
"""Code points: of longer texts, which are rare, none is spared, so none is scanned twice."""
_HINTED = len(NAMES)
_NAMED = (1 << _HINTED) - 1
_Rest: TypeAlias = tuple[int, tuple[bytes, ...]]
"""Concepts, and what else must be in the line for a pattern to name them."""
_Match: TypeAlias = tuple[int, int, int]
"""The number of a word, its start and its end."""


@dataclass(frozen=True)
class _Scan:
    """Words and signs to look for. `reach[i]` are the concepts that word i names by itself and,
    from the bit `_HINTED` on, those that it names with others; `rest[i]` says with which."""

    machine: BytesAhoCorasick
    reach: list[int]
    rest: dict[int, tuple[_Rest, ...]]


class Glance(msgspec.Struct, frozen=True):
    """Concepts that a text could name: those of which it has a whole pattern, and those of which
    it has but the most telling part. `varied`: signs that vary others were left out."""

    named: int
    hinted: int
    varied: bool
    _line: bytes
    _found: list[tuple[_Scan, list[_Match]]]

    def settled(self) -> int:
        """The concepts named, also by patterns with gaps."""
        named = self.named
        for scan, found in self._found:
            for word in scan.rest.keys() & {word for word, _, _ in found}:
                for concepts, others in scan.rest[word]:
                    if concepts & ~named and all(other in self._line for other in others):
                        named |= concepts
        return named


@functools.cache
def _scan(language: str) -> _Scan:
    alone: dict[str, int] = {f" {fold(word)} ": BIT["address"] for word in dots()}
    together: dict[str, dict[tuple[str, ...], int]] = {}
    for lexicon in (load("common"), load(language)):
        for concept, patterns in lexicon.concepts.items():
            for pattern in patterns:
                for parts in forms(pattern):
                    anchor, *others = _pieces(part for part, _ in parts)
                    alone.setdefault(anchor, 0)
                    if others:
                        rest = together.setdefault(anchor, {})
                        rest[*others] = rest.get((*others,), 0) | BIT[concept]
                    else:
                        alone[anchor] |= BIT[concept]
    reach, rests = list(alone.values()), {}
    for i, (anchor, named) in enumerate(alone.items()):
        rest = together.get(anchor, {})
        left = [(of & ~named, others) for others, of in rest.items() if of & ~named]
        for of, _ in left:
            reach[i] |= of << _HINTED
        if left:
            rests[i] = tuple((of, tuple(other.encode() for other in others)) for of, others in left)
    machine = BytesAhoCorasick(
        [anchor.encode() for anchor in alone], implementation=Implementation.ContiguousNFA
    )
    return _Scan(machine, reach, rests)


def _pieces(parts: Iterable[str]) -> list[str]:
    """What must be in a line for a pattern with these parts: words as they would stand among plain
    words, and signs. The most telling comes first."""
    words: list[str] = []
    odd: list[str] = []
    for part in parts:
        words.append(fold(plain(part)).replace("#", _ANY_NUMBER))
        odd += signs(part)
    words.sort(key=lambda word: -len(word))
    return list(dict.fromkeys(piece for piece in (*words, *odd) if not piece.isspace()))


def glance(raw: str, hint: str | None) -> Glance | None:
    """The concepts that a text could name, or none where something may be hidden, or it is long.

    `hint` is the language that the text is said to be in.
    """
    if len(raw) > _LONGEST:
        return None
    varied = "\ufe0f" in raw
    if varied:
        raw = raw.replace("\ufe0f", "")
    text = raw.lower()
    if len(text) != len(raw) or hides(text):
        return None
    data = f" {text} ".encode()
    formed = BIT["question"] if "?" in text else 0
    if "@" in text:
        formed |= BIT["address"]
    letters: set[str] = set()
    if not text.isascii():
        beyond = data.translate(None, _ASCII).decode()
        letters.update(beyond)
        if not beyond.isalpha():
            data = _APART.sub(rb" \g<0> ", f" {text.translate(_DROPPED)} ".encode())
    marks = data.translate(None, _NO_SIGNS)
    digits = len(data) - len(data.translate(None, _ALL_DIGITS))
    if digits:
        data = _NUMBER.sub(_number, data)
        if digits >= FEWEST_DIGITS:
            formed |= BIT["phone"]
    words = data.translate(_SPACES).decode().split()
    line = fold(f" {' '.join(words)} ", letters).encode() + bytes(set(marks))
    if b"*" in marks:
        line += _STARRED
    scans = [_scan(language) for language in languages(words, letters, hint)]
    found = [(scan, scan.machine.find_matches_as_indexes(line, True)) for scan in scans]
    reach = formed
    for scan, matches in found:
        sets = scan.reach
        for word, _, _ in matches:
            reach |= sets[word]
    named = reach & _NAMED
    return Glance(named, named | reach >> _HINTED, varied, line, found)


def _number(match: re.Match[bytes]) -> bytes:
    number = match[0]
    return b" %b " % number if number in _KEPT else b" \x01 "
