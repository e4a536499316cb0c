"""What texts show: firing and near-miss cases of every clause, hiding undone, overlaps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.text.corpus import BUILT, HELD_OUT, read_corpus
from detectors.text import Kind, Reading, acts, judge, model, read, read_closely
from detectors.text.concepts import BIT
from detectors.text.reading import parse, words
from schemas.alerts import CLAUSES

_CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases.jsonl").read_text("utf-8").splitlines()
]
_SELLER, _BUYER, _CARD = Kind.SELLER_MESSAGE, Kind.BUYER_MESSAGE, Kind.PACKAGE_INSERT
_REVIEW = Kind.REVIEW_TEXT
TEXT_CLAUSES = [clause for clause in CLAUSES if clause != "review_ring"]


def _clauses(reading: Reading) -> list[str]:
    return sorted(label.clause for label in reading.labels)


def _ruled(case: dict[str, Any]) -> list[str]:
    """The clauses that the rules find, whatever the model thinks of them."""
    parsed = parse(words(case["text"]))
    acts.find(parsed)
    return sorted(finding.clause for finding in judge.findings(parsed, Kind(case["kind"])))


def _quoted(text: str, reading: Reading) -> str:
    return " ".join(text[start:end] for label in reading.labels for start, end in label.spans)


@pytest.mark.parametrize("clause", TEXT_CLAUSES)
def test_firing_cases_of_a_clause(clause: str) -> None:
    cases = [case for case in _CASES if clause in case["labels"]]
    assert len(cases) >= 5
    assert [case["text"] for case in cases if _ruled(case) != case["labels"]] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_near_misses_of_a_kind(kind: Kind) -> None:
    cases = [case for case in _CASES if not case["labels"] and case["kind"] == kind]
    assert len(cases) >= 5
    assert [case["text"] for case in cases if _ruled(case)] == []


def test_spans_are_inside_the_text_in_order_and_apart() -> None:
    for case in _CASES:
        for label in read(case["text"], Kind(case["kind"])).labels:
            assert 0 < label.score <= 1
            ends = [place for span in label.spans for place in span]
            assert ends == sorted(ends)
            assert len(set(label.spans)) == len(label.spans)
            assert all(0 <= start < end <= len(case["text"]) for start, end in label.spans)


_OFFER = "Write a review and we will send you a gift card."


@pytest.mark.parametrize(
    "hidden",
    [
        "Write a r e v i e w and we will send you a gift card.",
        "Write a r.e.v.i.e.w and we will send you a gift card.",
        "Write a r\u200be\u200bv\u200bi\u200be\u200bw and we will send you a gift card.",
        "Write a re\u00advi\u00adew and we will send you a gift card.",
        "Write a r\u0435vi\u0435w and we will send you a gift card.",
        "Write a \uff52\uff45\uff56\uff49\uff45\uff57 and we will send you a gift card.",
        "Write a r3view and we will send you a g1ft card.",
        "Write a rev\u0131ew and we will send you a g\u0131ft card.",
    ],
)
def test_hiding_is_undone_and_counted(hidden: str) -> None:
    assert _clauses(read(_OFFER, _SELLER)) == ["incentive_offer"]
    reading = read(hidden, _SELLER)
    assert _clauses(reading) == ["incentive_offer"]
    assert reading.hidden > 0


def test_spans_are_of_the_raw_text() -> None:
    text = "\u200bHi! Leave r\u200be\u200bv\u200biew, get free g i f t c a r d!"
    quoted = _quoted(text, read(text, _SELLER))
    assert "r\u200be\u200bv\u200biew" in quoted
    assert "g i f t" in quoted


def test_spelled_out_addresses_are_read() -> None:
    assert _clauses(read("Contact us: lamps at gmail dot com", _SELLER)) == ["off_platform_contact"]
    assert _clauses(read("Contact us via Whats.App +44 7700 900123", _SELLER)) == [
        "off_platform_contact"
    ]


def test_swedish_letters_are_letters() -> None:
    assert _clauses(read("Lämna ett omdöme så får du ett presentkort.", _SELLER)) == [
        "incentive_offer"
    ]


def test_a_text_may_mix_languages() -> None:
    text = "Tack för ditt köp! Please leave a five star review and we will send you a free lamp."
    assert _clauses(read(text, _SELLER)) == ["incentive_offer"]
    text = "Hello and thank you for your order. Skriv ett omdöme så får du pengarna tillbaka."
    assert "refund_after_review" in _clauses(read(text, _SELLER))


def test_the_said_language_is_not_trusted() -> None:
    assert _clauses(read(_OFFER, _SELLER, "fi")) == ["incentive_offer"]
    assert read(_OFFER, _SELLER, "fi").lang == "en"


@pytest.mark.parametrize(
    ("kind", "text", "labels"),
    [
        (_CARD, _OFFER + " WhatsApp: +44 7700 900123", ["insert_solicitation"]),
        (_SELLER, _OFFER, ["incentive_offer"]),
        (_SELLER, "We refund you if you delete your review.", ["paid_change"]),
        (_SELLER, "Please delete your review.", ["change_request"]),
        (_SELLER, "We refund the full price after your review.", ["refund_after_review"]),
        (
            _SELLER,
            "We refund the full price after your review and add a gift card.",
            ["incentive_offer", "refund_after_review"],
        ),
        (_SELLER, "We refund you by PayPal after your review.", ["refund_after_review"]),
    ],
)
def test_overlaps_are_settled_as_the_contract_has_them(
    kind: Kind, text: str, labels: list[str]
) -> None:
    assert _clauses(read(text, kind)) == labels


@pytest.mark.parametrize(
    "text",
    [
        "We never pay for reviews and offer no gift cards for them.",
        "Amazon's policy forbids sellers to offer a gift card for a review.",
        "If somebody offers you a gift card for a review in our name, please report it.",
        "Vi betalar aldrig för recensioner och ger inga presentkort.",
        "Wir zahlen nicht für Bewertungen.",
    ],
)
def test_a_refusal_a_quotation_and_a_warning_show_nothing(text: str) -> None:
    assert read(text, _SELLER).labels == ()


def test_a_question_a_demand_and_a_report_of_a_buyer() -> None:
    assert read("Do you pay for reviews?", _BUYER).labels == ()
    assert read("I'll give you five stars if you refund me.", _BUYER).labels == ()
    assert _clauses(read("They offered me 200 kr for five stars.", _BUYER)) == ["incentive_offer"]
    assert _clauses(read("The seller offered me 200 kr for five stars.", _REVIEW)) == [
        "incentive_offer"
    ]


def test_a_glance_leaves_out_nothing() -> None:
    """With and without the glance: the same labels, also for every part of every case."""
    seen = Counter[bool]()
    for case in _CASES:
        for text in (case["text"], *case["text"].split(". "), case["text"].upper()):
            for kind in (Kind(case["kind"]), _SELLER, _REVIEW):
                closely = read_closely(text, kind)
                assert read(text, kind).labels == closely.labels, text
                seen[bool(closely.labels)] += 1
    assert min(seen.values()) > 100


@pytest.mark.parametrize("corpus", [BUILT, HELD_OUT], ids=["built", "held-out"])
def test_a_glance_leaves_out_nothing_of_a_corpus(corpus: Path) -> None:
    """Of the held-out corpus only the count is told."""
    rows = read_corpus(corpus)
    lost = sum(
        read(row.text, row.kind, row.lang).labels
        != read_closely(row.text, row.kind, row.lang).labels
        for row in rows
    )
    assert len(rows) > 400
    assert lost == 0


_HIDDEN: dict[str, Callable[[str], str]] = {
    "zero width": "\u200b".join,
    "spaces": " ".join,
    "dots": ".".join,
    "soft hyphen": lambda word: f"{word[:1]}\u00ad{word[1:]}",
    "look-alikes": lambda word: word.replace("e", "\u0435").replace("a", "\u0430"),
    "digits": lambda word: word.replace("e", "3").replace("o", "0").replace("i", "1"),
    "signs": lambda word: word.replace("a", "@").replace("s", "$"),
    "capitals": str.upper,
    "quotes": lambda word: f"\u201c{word}\u201d",
    "emphasis": lambda word: f"*{word}*",
    "emoji": lambda word: f"{word} \u2b50\ufe0f",
    "full width": lambda word: "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word
    ),
}


def test_a_glance_never_drops_what_is_hidden_better() -> None:
    """Whatever is hidden in a guilty text, in one word or in all: what a close reading finds."""
    guilty = [case for case in _CASES if case["labels"]]
    seen = Counter[str]()
    for i, case in enumerate(guilty):
        words_of = case["text"].split(" ")
        for way, hide in _HIDDEN.items():
            at = (i * 7 + len(way)) % len(words_of)
            one = [hide(word) if j == at else word for j, word in enumerate(words_of)]
            for text in (" ".join(one), " ".join(map(hide, words_of))):
                labels = read_closely(text, Kind(case["kind"])).labels
                assert read(text, Kind(case["kind"])).labels == labels, text
                seen[way] += bool(labels)
    assert min(seen.values()) > 20


def test_what_the_model_adds_it_could_add() -> None:
    """The bound that the glance goes by holds for every text of the built corpus."""
    added = 0
    for row in read_corpus(BUILT):
        said = words(row.text, row.lang)
        parsed = parse(said)
        acts.find(parsed)
        odds = model.load().log_odds(model.features(parsed), row.kind)
        if max(odds.values()) > model.ADDED:
            named = 0
            for sentence in parsed.sentences:
                for *_, concept in sentence.hits:
                    named |= 1 << concept
            assert model.could_add(named | said.reach & BIT["question"], row.kind)
            added += 1
    assert added > 500


def test_a_glance_spares_most_ordinary_texts() -> None:
    texts = [
        "Your parcel left our warehouse this morning and should be with you within three days.",
        "Hej! Din beställning har skickats och bör vara framme på torsdag.",
        "Die Lampe ist hell und der Akku hält lange. Gute Verarbeitung, gerne wieder.",
        "Livraison rapide, produit conforme à la description. Très content de mon achat.",
    ]
    for text in texts:
        assert read(text, _REVIEW).acts == ()
