"""No text takes long, whatever is in it: the work grows with its length, not faster.

Work is counted, not timed: the lines of Python that run, and the matches that they are given."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from benchmarks.text.speed import triggers
from detectors.text import Kind, read_closely

_LONG, _SHORT = 8_000, 1_000
"""Characters."""
_LINES = 60
"""Lines that may run for each character."""
_GROWTH = 10
"""Times the work for eight times the text."""
UNITS = {
    "spaced letters": "r e v i e w ",
    "single letters": "a b ",
    "stars": "\u2b50",
    "emoji": "\U0001f600\U0001f381\U0001f4f8\u2b50\U0001f44e\U0001f4b0\u270d\U0001f4de\u2192",
    "asterisks": "5* ",
    "at signs": "@",
    "addresses": "a@b.com ",
    "spelled addresses": "x at gmail dot com ",
    "links": "https://a.example/b?c=d&e=f%20g#h www.i.example/j ",
    "confusables": "r\u0435vi\u0435w ",
    "one confusable": "\u0435",
    "scripts in turn": "a\u0431c\u03b4e\u0436g\u03b7i\u0439 review \u30ec\u30d3\u30e5\u30fc ",
    "full width": "\uff52\uff45\uff56\uff49\uff45\uff57 ",
    "ligatures": "\ufdfa",
    "near-keywords": "review if gift five stars not ",
    "words run together": "reviewreview",
    "long digits": "1234567890",
    "numbers": "1 ",
    "telephone numbers": "070 123 45 67 ",
    "one giant word": "x",
    "split giant word": "r.e.v.i.e.w",
    "hyphens": "a-",
    "combining marks": "e\u0301\u0301",
    "marks alone": "\u0301",
    "right to left": "\u202eabc ",
    "zero width": "r\u200be\u200bv ",
    "zero width alone": "\u200b",
    "emoji of parts": "\U0001f44d\U0001f3fd",
    "brackets": "(",
    "question marks": "?",
    "questions": "review? ",
    "punctuation": ".,;:!?\u2026-\u2013\u2014'\"(){}[]<>/\\|*_~#+=%&@^`",
    "line ends": "\n",
    "line ends of every kind": "\r\n\n\r\t\v\f\u2028\x85 ",
    "accents": "\u00e5 \u00e4 \u00f6 ",
    "negations": "not please not please review ",
    "conditions": "if you change your review we will refund you money not but ",
    "relatives": "my husband works at the company review ",
    "chats": "whatsapp telegram @abc ",
    "few then many": "write " * 35 + "x " * 10 + "review " * 35,
    "every pattern": " ".join(triggers("en")) + " ",
    "every pattern a sentence": "? ".join(triggers("sv")) + "? ",
    "every pattern, no spaces": "".join(triggers("de")),
}


def _lines(text: str, kind: Kind) -> int:
    """Lines of Python that run while a text is read."""
    count = 0

    def local(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    before = sys.gettrace()
    sys.settrace(lambda _frame, _event, _arg: local)
    try:
        read_closely(text, kind)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_work_grows_with_length(unit: str) -> None:
    text = (unit * _LONG)[:_LONG]
    read_closely(text, Kind.SELLER_MESSAGE)  # lexicons are read once
    most, least = _lines(text, Kind.SELLER_MESSAGE), _lines(text[:_SHORT], Kind.SELLER_MESSAGE)
    assert most < _LINES * _LONG
    assert most < _GROWTH * max(least, _SHORT)
