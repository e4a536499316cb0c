"""Every refusal, word for word. After a wanted change: `pytest tests/schemas --update-golden`."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.decode import Refusal, decode
from tests.schemas.bad_records import BAD
from tests.schemas.records import FULL, dump

GOLDEN = Path(__file__).parent / "golden" / "refusals.txt"
SHOWN = 80


def refusal(raw: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode(raw)
    return caught.value


def told(name: str, raw: bytes) -> str:
    short = len(raw) <= 2 * SHOWN
    shown = repr(raw) if short else f"{raw[:SHOWN]!r}...{len(raw):,} bytes...{raw[-SHOWN:]!r}"
    found = refusal(raw)
    return f"[{name}]\n{shown}\n{found.reason} {found.path}\n{found.message}\n"


def test_refusals_read_as_agreed(update_golden: bool) -> None:
    actual = "\n".join(told(name, raw) for name, raw in BAD.items())
    if update_golden:
        GOLDEN.write_text(actual, encoding="utf-8")
    expected = GOLDEN.read_text(encoding="utf-8")
    assert actual.split("\n\n") == expected.split("\n\n")


@pytest.mark.parametrize("name", BAD)
def test_a_refusal_is_short_and_on_one_line(name: str) -> None:
    found = refusal(BAD[name])
    assert 0 < len(found.message) <= 400
    assert 0 < len(found.path) <= 300
    assert (found.message + found.path).isascii()
    assert (found.message + found.path).isprintable()


def test_no_message_repeats_what_people_wrote() -> None:
    secret = "what nobody may read in a log"
    for field in ("text", "title", "lang", "programme", "order_id"):
        record = {**FULL["review.posted"], field: secret * 1_000}
        assert secret[:8] not in str(refusal(dump(record)))
