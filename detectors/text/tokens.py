"""Clear text as a line of tokens for the automata: words, numbers, signs, each after one space."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from detectors.text.hiding import Clear

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\s\w]|\n")
_KEPT_NUMBERS = frozenset(("1", "2", "3", "4", "5", "10", "50", "100"))
NUMBERS = (*sorted(_KEPT_NUMBERS), "#")
"""How numbers look in the line: those that mean something by themselves, and `#` for any other."""
_QUOTES = frozenset('"“”„«»‘‚‹›()[]{}<>*_#^~|`´\\')
_APOSTROPHES = frozenset("'’ʼ")
_ENDS = frozenset(".!?;…\n¿¡")
_PAUSES = frozenset(",:–—-·•/&+")
_LONGEST_SENTENCE = 80
"""Tokens. Longer stretches without an end are cut, so that what stands together stays near."""
_LONGEST_RUN = 5


@dataclass(frozen=True, slots=True)
class Line:
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

    def token(self, position: int) -> int:
        """The token that the character of `text` at this position belongs to."""
        return bisect_right(self.at, position) - 1


def tokens(clear: Clear) -> Line:  # noqa: PLR0912 - one pass, a case for each kind of sign
    """Split clear text. Hyphens inside words, quotes and brackets vanish; runs of one sign are
    kept to five."""
    text = clear.text
    words: list[str] = []
    begins: list[int] = []
    finishes: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    last = ""
    run = since = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        begin, finish = match.span()
        if not word[0].isalnum():
            if word in _QUOTES:
                if not (word == "*" and last in _KEPT_NUMBERS):
                    continue
                word = "★"
            elif word in _APOSTROPHES:
                word = "'"
            elif word in _ENDS:
                inside = (
                    word == "."
                    and text[finish : finish + 1].isalnum()
                    and begin > 0
                    and text[begin - 1].isalnum()
                    and not clear.capital(finish)
                )
                if not inside:
                    number = len(words) + 1
                    if not ends or ends[-1] != number - 1 or last not in _ENDS:
                        ends.append(number)
                    else:
                        ends[-1] = number
                    since = 0
            elif word in _PAUSES:
                if (
                    word == "-"
                    and begin > 0
                    and text[begin - 1].isalnum()
                    and text[finish : finish + 1].isalnum()
                ):
                    continue
                breaks.append(len(words))
            if word == last:
                run += 1
                if run >= _LONGEST_RUN:
                    continue
            else:
                run = 0
        elif word[0].isdigit():
            word = word if word in _KEPT_NUMBERS else "#"
        words.append(word)
        begins.append(begin)
        finishes.append(finish)
        last = word
        since += 1
        if since >= _LONGEST_SENTENCE:
            ends.append(len(words))
            since = 0
    at = [0, *accumulate(len(word) + 1 for word in words)]
    at.pop()
    return Line(f" {' '.join(words)} ", words, at, begins, finishes, ends, breaks)
