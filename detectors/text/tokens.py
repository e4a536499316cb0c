"""Clear text as a line of tokens for the automata: words, numbers, signs, each after one space."""

from __future__ import annotations

import re
from itertools import accumulate

import msgspec

from detectors.text.hiding import Clear

_TOKEN = re.compile(r"(\d+(?:[.,]\d+)*)|([^\W\d_]+)|[^\s\w]|\n")
_NUMBER = 1
"""The group of numbers."""
KEPT_NUMBERS = frozenset(("1", "2", "3", "4", "5", "10", "50", "100"))
NUMBERS = (*sorted(KEPT_NUMBERS), "#")
"""How numbers look in the line: those that mean something by themselves, and `#` for any other."""
_APOSTROPHES = "'’ʼ"
_NOTHING = '"“”„«»‘‚‹›()[]{}<>*_#^~|`´\\'
DROPPED = frozenset(_NOTHING + _APOSTROPHES)
"""Signs that tell no words apart."""
_SIGNS = dict.fromkeys(_NOTHING, "") | dict.fromkeys(_APOSTROPHES, "'")
"""How signs are read: quotes and brackets as nothing, every apostrophe as one."""
_ENDS = frozenset(".!?;…\n¿¡")
_PAUSES = frozenset(",:–—-·•/&+")
_LONGEST_SENTENCE = 80
"""Tokens. Longer stretches without an end are cut, so that what stands together stays near."""
_LONGEST_RUN = 5
_MOST_SIGNS = 3_000
"""Of a text of 20,000 characters: those that follow are as nothing, its words are read."""


class Line(msgspec.Struct, frozen=True):
    """`text` is every token after a space, and a space at the end; `at[i]` is where the space
    before token i stands. Token i covers `begins[i]:finishes[i]` of the clear text. `ends` are
    the numbers of the tokens that sentences end before; `breaks` those of pauses within them."""

    text: str
    words: list[str]
    at: list[int]
    begins: list[int]
    finishes: list[int]
    ends: list[int]
    breaks: list[int]


def tokens(clear: Clear) -> Line:
    """Split clear text. Hyphens inside words, quotes and brackets vanish; runs of one sign are
    kept to five."""
    text = clear.text
    words: list[str] = []
    begins: list[int] = []
    finishes: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    run = signs = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        begin, finish = match.span()
        form = match.lastindex
        if form is None:
            last = words[-1] if words else ""
            if word == "*" and last in KEPT_NUMBERS:
                word = "★"
            word = _SIGNS.get(word, word)
            run = run + 1 if word == last else 0
            if not word or run >= _LONGEST_RUN or signs >= _MOST_SIGNS:
                continue
            signs += 1
            if word in _ENDS:
                if word != "." or not _inside(clear, begin, finish):
                    if ends and ends[-1] == len(words) and last in _ENDS:
                        ends.pop()
                    ends.append(len(words) + 1)
            elif word in _PAUSES:
                if word == "-" and _between(text, begin, finish):
                    continue
                breaks.append(len(words))
        elif form == _NUMBER and word not in KEPT_NUMBERS:
            word = "#"
        words.append(word)
        begins.append(begin)
        finishes.append(finish)
    at = [0, *accumulate([len(word) + 1 for word in words])]
    at.pop()
    return Line(f" {' '.join(words)} ", words, at, begins, finishes, _cut(ends, len(words)), breaks)


def _between(text: str, begin: int, finish: int) -> bool:
    """Whether letters or digits stand on both sides."""
    return begin > 0 and text[begin - 1].isalnum() and text[finish : finish + 1].isalnum()


def _inside(clear: Clear, begin: int, finish: int) -> bool:
    """Whether a full stop ends no sentence: what follows it at once is no capital."""
    return _between(clear.text, begin, finish) and not clear.capital(finish)


def _cut(ends: list[int], words: int) -> list[int]:
    """With an end within every stretch that is too long."""
    cut: list[int] = []
    since = 0
    for end in [*ends, words]:
        cut += range(since + _LONGEST_SENTENCE, end, _LONGEST_SENTENCE)
        cut.append(end)
        since = end
    return cut
