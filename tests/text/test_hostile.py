"""No text takes long, whatever is in it: time grows with length, not faster."""

from __future__ import annotations

from time import process_time

import pytest

from detectors.text import Kind, read

_LONG, _SHORT = 20_000, 2_000
_SLOWEST = 0.5
"""Seconds: ten times what is promised, for slow machines."""
_GROWTH = 30
"""Times as long for ten times the text: linear with ample room for noise; quadratic is 100."""
_LEAST = 0.002
"""Seconds: below it the clock tells nothing."""

UNITS = {
    "spaced letters": "r e v i e w ",
    "single letters": "a b ",
    "stars": "\u2b50",
    "asterisks": "5* ",
    "at signs": "@",
    "addresses": "a@b.com ",
    "spelled addresses": "x at y dot com ",
    "confusables": "r\u0435vi\u0435w ",
    "one confusable": "\u0435",
    "full width": "\uff52\uff45\uff56\uff49\uff45\uff57 ",
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
    "emoji of parts": "\U0001f44d\U0001f3fd",
    "brackets": "(",
    "question marks": "?",
    "line ends": "\n",
    "accents": "\u00e5 \u00e4 \u00f6 ",
    "negations": "not please not please review ",
    "conditions": "if you change your review we will refund you money not but ",
    "relatives": "my husband works at the company review ",
    "chats": "whatsapp telegram @abc ",
}


def _time(text: str, kind: Kind) -> float:
    best = 1e9
    for _ in range(2):
        start = process_time()
        read(text, kind)
        best = min(best, process_time() - start)
    return best


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_time_grows_with_length(unit: str) -> None:
    for kind in (Kind.SELLER_MESSAGE, Kind.REVIEW_TEXT):
        read(unit * 20, kind)  # lexicons are read once
        long = _time((unit * _LONG)[:_LONG], kind)
        short = _time((unit * _LONG)[:_SHORT], kind)
        assert long < _SLOWEST
        assert long < _GROWTH * max(short, _LEAST)
