"""Undo what sellers do to hide words, and remember where each character came from.

Steps, each linear in the length of the text: NFKC with lower case; default-ignorable characters
and stray combining marks dropped; the skeleton of UTS #39 for words that mix scripts; letters that
are spaced out joined; signs and digits inside a known word read as the letters they stand for.
Ordinary text takes none of them: one search tells.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from string import ascii_letters

import msgspec

_PLAIN = (
    "\t\n\r -~"  # ASCII
    "\u00a0-\u00ac\u00ae-\u0130\u0134-\u017e"  # Latin of Europe, without soft hyphen and ligatures
    "\u2010-\u201f\u2022\u2026\u20ac\u2122\u2190-\u21ff\u2500-\u27bf\u2b00-\u2bff"
    "\U0001f300-\U0001faff"
)
_ODD = re.compile(f"[^{_PLAIN}]")
_SEPARATOR = r"[ .\-_*·•|/+~,]"
_SPACED = re.compile(rf"(?<![^\W\d_])[^\W\d_](?:{_SEPARATOR}{{1,2}}[^\W\d_]){{3,}}(?![^\W\d_])")
_SPACED_SIGN = re.compile(
    rf"{_SEPARATOR}[^\W\d_]{_SEPARATOR}{{1,2}}[^\W\d_]{_SEPARATOR}{{1,2}}[^\W\d_](?![^\W\d_])"
)
"""It begins with the sign, not with a letter before it, which makes it several times as fast."""
_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+")
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = frozenset("\ufe0e\ufe0f\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Ignorable characters (and skin tones) that ordinary emoji are made of: no sign of hiding."""
_SEPARATORS = frozenset(".*_·~|\\/+-'^,")
_TRIM = ".,;:!?()[]{}\"'“”„«»*_-~"
_CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that no character begins with."""


def _classes(classes: dict[str, bytes]) -> bytes:
    """A table for outlines: the class of these bytes, "?" for what an outline does not tell."""
    table = bytearray(b"?" * 256)
    for name, members in classes.items():
        for byte in members:
            table[byte] = ord(name)
    return bytes(table)


_SPACING = _classes({
    "x": bytes(range(0x80)),
    "a": ascii_letters.encode() + bytes(byte for byte in range(0xC3, 0xF5) if byte != 0xE2),
    " ": b" .-_*|/+~,",
})  # fmt: skip
"""Letters, what may set them apart, and the rest. 0xC2 and 0xE2 begin letters and signs."""
_SPELLING = _classes({
    "a": ascii_letters.encode() + b"\xc3\xc4\xc5",
    ".": _TRIM.encode("ascii", errors="ignore"),
    " ": b"\t\n\v\f\r\x1c\x1d\x1e\x1f ",
})  # fmt: skip
"""Letters, signs that may stand around a word, and spaces."""
_LONGEST_WORD = 40
_LONGEST_FOLD = 4
"""Characters that one may stand for. The longest ligatures are of other scripts, and would make a
text many times as long as it is."""
_FEWEST_LETTERS = 4
_SUFFIX = 3
"""Letters that an inflected form may add to a word of `hiding.toml`."""


class Clear(msgspec.Struct, frozen=True):
    """Text with the hiding undone, in lower case.

    `starts[i]` and `ends[i]` say which code points of the raw text gave the character i; None
    where the text is as it was. `hidden` counts the words and characters that were hidden.
    """

    raw: str
    text: str
    starts: list[int] | None
    ends: list[int] | None
    hidden: int

    def capital(self, at: int) -> bool:
        """Whether the character at this place of `text` was a capital."""
        return self.raw[at if self.starts is None else self.starts[at]].isupper()

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the raw text that gave `text[start:end]`, half open."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True)
class _Hiding:
    words: frozenset[str]
    letters: dict[int, str]
    signs: dict[int, str]

    def knows(self, word: str) -> bool:
        """Whether this is a known word, or one with a short ending."""
        return len(word) > 3 and any(
            word[: len(word) - cut] in self.words for cut in range(_SUFFIX)
        )


@functools.cache
def _hiding() -> _Hiding:
    data = tomllib.loads(
        resources.files("detectors.text").joinpath("lexicons/hiding.toml").read_text("utf-8")
    )
    letters = {ord(seen): read for seen, read in data["letters"].items()}
    signs = dict.fromkeys(map(ord, _SEPARATORS), "")
    signs |= {ord(seen): read for seen, read in data["signs"].items() if seen not in _SEPARATORS}
    return _Hiding(frozenset(data["words"]), letters, signs)


def hides(lowered: str) -> bool:
    """Whether something may be hidden in a text in lower case, so that `undo` would change it."""
    return _ODD.search(lowered) is not None or _spaced(lowered) or _disguised(lowered)


def _spaced(text: str) -> bool:
    """Whether letters are spaced out. The outline tells of nearly every text that none are."""
    outline = _outline(text, _SPACING)
    return (
        b" a a a" in outline or b" a a  a" in outline or b" a  a" in outline or b"?" in outline
    ) and _SPACED_SIGN.search(text) is not None


def _disguised(text: str) -> bool:
    """Whether a word of the text is one of `hiding.toml` once its signs are read or dropped. The
    outline tells of most texts that none is."""
    outline = _outline(text, _SPELLING)
    if not (b"?" in outline or b"a.a" in outline or b"a.." in outline):
        return False
    for chunk in text.split():
        if not chunk.isalpha() and len(chunk) <= _LONGEST_WORD:
            core = chunk.strip(_TRIM)
            if not core.isalpha() and _read(core) is not None:
                return True
    return False


def _outline(text: str, classes: bytes) -> bytes:
    """The class of each character, as the first byte of its UTF-8 tells it."""
    return text.encode(errors="replace").translate(classes, _CONTINUATION)


@functools.lru_cache(maxsize=1 << 14)
def _read(core: str) -> str | None:
    """The known word that signs and digits among its letters stand for or split."""
    if len(core) < _FEWEST_LETTERS:
        return None
    hiding = _hiding()
    if core.partition("-")[0] in hiding.words:
        return None  # "apague-a": a hyphen after a whole word hides nothing
    word = core.translate(hiding.signs)
    return word if word.isalpha() and hiding.knows(word) else None


def as_it_is(raw: str) -> Clear:
    """A text in which nothing is hidden."""
    return Clear(raw, raw.lower(), None, None, 0)


def undo(raw: str) -> Clear:
    """Read the text as a person would."""
    text = raw.lower()
    odd = _ODD.search(text) is not None or len(text) != len(raw)
    spaced = _spaced(text)
    signs = _disguised(text)
    if not (odd or spaced or signs):
        return as_it_is(raw)
    edit = _Edit(raw, text)
    if odd:
        edit.characters()
        edit.look_alikes()
        spaced = spaced or _spaced(edit.text)
        signs = signs or _disguised(edit.text)
    if spaced:
        edit.spaced_letters()
    if signs:
        edit.signs_in_words()
    return edit.clear()


class _Edit:
    """A text under repair, with the origin of each character."""

    def __init__(self, raw: str, lowered: str) -> None:
        self.raw = raw
        self.text = lowered
        self.starts: list[int] | None = None
        self.ends: list[int] | None = None
        self.hidden = 0

    def clear(self) -> Clear:
        return Clear(self.raw, self.text, self.starts, self.ends, self.hidden)

    def characters(self) -> None:
        """NFKC and lower case, ignorable characters and stray marks dropped."""
        out: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for i, char in enumerate(self.raw):
            if char < "\u0100" and char != "\u00ad":
                lowered = char.lower()
                if lowered == char or len(lowered) == 1:
                    out.append(lowered)
                    starts.append(i)
                    ends.append(i + 1)
                    continue
            if unicodedata.combining(char) and not _IGNORABLE.match(char):
                composed = unicodedata.normalize("NFC", out[-1] + char) if out else ""
                if len(composed) == 1:
                    out[-1], ends[-1] = composed, i + 1
                else:
                    self.hidden += 1
                continue
            pieces, hidden = _folded(char)
            self.hidden += hidden
            for piece in pieces:
                out.append(piece)
                starts.append(i)
                ends.append(i + 1)
        self.text, self.starts, self.ends = "".join(out), starts, ends

    def look_alikes(self) -> None:
        """Words that mix scripts, or are all look-alikes, in Latin letters. Keeps the length."""
        letters = _hiding().letters
        changes = []
        for match in _WORD.finditer(self.text):
            word = match[0]
            if word.isascii():
                continue
            foreign = sum(ord(char) in letters for char in word)
            if foreign and (foreign == len(word) or any(char < "\u0180" for char in word)):
                changes.append((match.start(), match.end(), word.translate(letters)))
        if changes:
            self.hidden += len(changes)
            self.text = _replaced(self.text, changes)

    def spaced_letters(self) -> None:
        """Letters set apart joined; two separators in a row part words."""
        hiding = _hiding()
        changes = []
        for match in _SPACED.finditer(self.text):
            for word in _spaced_words(match[0], match.start()):
                joined = "".join(self.text[i] for i in word)
                for part, at in _known_parts(joined, hiding):
                    changes.append(
                        (word[at], word[at + len(part) - 1] + 1, part, word[at : at + len(part)])
                    )
        if changes:
            self.hidden += len(changes)
            self._rewrite(changes)

    def signs_in_words(self) -> None:
        """Signs and digits in a known word read as letters, or dropped where they split it."""
        changes = []
        for match in _CHUNK.finditer(self.text):
            chunk = match[0]
            if chunk.isalpha() or len(chunk) > _LONGEST_WORD:
                continue
            core = chunk.strip(_TRIM)
            word = None if core.isalpha() else _read(core)
            if word is not None:
                begin = match.start() + chunk.index(core)
                kept = [begin + i for i, char in enumerate(core) if char not in _SEPARATORS]
                changes.append((begin, begin + len(core), word, kept))
                self.hidden += not core.replace("-", "").isalpha()
        if changes:
            self._rewrite(changes)

    def _rewrite(self, changes: list[tuple[int, int, str, list[int]]]) -> None:
        """Put words in the place of stretches; each of their letters comes from one character."""
        text: list[str] = []
        origin: list[int] = []
        done = 0
        for start, end, word, letters in changes:
            text += [self.text[done:start], word]
            origin += range(done, start)
            origin += letters
            done = end
        text.append(self.text[done:])
        origin += range(done, len(self.text))
        starts, ends = self.starts, self.ends
        self.text = "".join(text)
        self.starts = origin if starts is None else [starts[i] for i in origin]
        self.ends = [i + 1 for i in origin] if ends is None else [ends[i] for i in origin]


@functools.lru_cache(maxsize=1 << 14)
def _folded(char: str) -> tuple[str, bool]:
    """What a character stands for in lower case, and whether it hid that."""
    if char in _JOINERS or _IGNORABLE.match(char):
        return "", char not in _JOINERS
    folded = unicodedata.normalize("NFKC", char)
    if len(folded) > _LONGEST_FOLD:
        folded = char
    return unicodedata.normalize("NFC", folded.lower()), folded != char and folded.isalpha()


def _replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    out: list[str] = []
    done = 0
    for start, end, word in changes:
        out += [text[done:start], word]
        done = end
    out.append(text[done:])
    return "".join(out)


def _spaced_words(stretch: str, offset: int) -> list[list[int]]:
    """Positions of the letters of each word in a stretch of letters set apart."""
    words: list[list[int]] = [[]]
    gap = 0
    for i, char in enumerate(stretch):
        if char.isalpha():
            if gap > 1:
                words.append([])
            words[-1].append(offset + i)
            gap = 0
        else:
            gap += 1
    return [word for word in words if len(word) > 1]


def _known_parts(joined: str, hiding: _Hiding) -> list[tuple[str, int]]:
    """The word itself, or the known words it runs together, each with its place in it."""
    if len(joined) <= 4 or hiding.knows(joined) or len(joined) > 4 * _LONGEST_WORD:
        return [(joined, 0)]
    parts: list[tuple[str, int]] = []
    at = rest = 0
    while at < len(joined):
        longest = next(
            (
                n
                for n in range(min(15, len(joined) - at), 3, -1)
                if joined[at : at + n] in hiding.words
            ),
            0,
        )
        if longest:
            if rest < at:
                parts.append((joined[rest:at], rest))
            parts.append((joined[at : at + longest], at))
            rest = at = at + longest
        else:
            at += 1
    if rest < len(joined):
        parts.append((joined[rest:], rest))
    return parts
