"""The phrase banks: complete, well formed, apart from each other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import pytest

from pipeline.simulator.disguise import WAYS, disguise, slip
from pipeline.simulator.markets import read_taxonomy
from pipeline.simulator.phrasebook import (
    LANGUAGES,
    Bank,
    Choice,
    Node,
    PhraseError,
    Phrases,
    Slot,
    folder,
    parse,
    read_bank,
    read_shared,
)

SLOTS = {
    name: f"<{name}>"
    for name in ("name", "shop", "product", "amount", "code", "email", "phone", "handle", "link",
                 "order", "rival", "noun")
}  # fmt: skip


@pytest.fixture(scope="module")
def build() -> dict[str, Phrases]:
    return read_bank("build")


CONNECTIVES = {"and", "thing"}
"""Rules of single words, of which a language has only so many."""

ONLY_IN = {
    "rival": {"v_offer_rival", "v_votes_down"},
    "noun": {"vine", "tell_maker", "tell_insider", "good_title", "good_short", "price_good"},
    "order": {"b_question", "b_late", "s_answer", "s_late", "s_shipped", "s_reply_bad"},
}
"""Slots that a caller fills for few rules; elsewhere the name would be read as a rule."""

TRACES = {
    "v_offer_a": "amount", "v_offer_rival": "rival", "v_club_soft": "link", "v_paid_soft": "amount",
    "v_paid_a": "amount", "v_off_soft": "handle", "v_off_a": "email phone handle", "k_a": "amount",
    "k_qr": "link", "s_discount": "code", "s_goodwill": "amount", "s_manual": "phone",
    "tell_insider": "shop", "rival_plug": "shop",
}  # fmt: skip
"""What each template of the rule is about: it names one of these slots."""


@cache
def rules(bank: Bank, language: str) -> dict[str, list[str]]:
    """The templates of a file by rule, features as `sound.good`."""
    text = (folder() / bank / f"{language}.toml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for section in tomllib.loads(text).values():
        for name, value in section.items():
            sides = value if isinstance(value, dict) else {"": value}
            found |= {f"{name}.{side}".strip("."): lines for side, lines in sides.items()}
    return found


def renderings(node: Node) -> Iterator[str]:
    """Everything that a template can say, slots left as they are."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Slot):
        yield f"[{node.name}]"
    elif isinstance(node, Choice):
        for option in node.options:
            yield from renderings(option)
    else:
        for parts in product(*(list(renderings(part)) for part in node.parts)):
            yield "".join(parts)


def words(text: str) -> tuple[str, ...]:
    """A sentence without capitals, punctuation and line breaks."""
    return tuple(re.findall(r"\[\w+\]|\w+", text.casefold()))


def said(book: Mapping[str, list[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rule, templates in book.items():
        for template in templates:
            for text in renderings(parse(template)):
                yield rule, words(text)


def runs(sentence: tuple[str, ...], length: int) -> set[tuple[str, ...]]:
    return {sentence[at : at + length] for at in range(len(sentence) - length + 1)}


@pytest.mark.parametrize("bank", ["build", "judge"])
def test_every_rule_of_every_language_can_be_said(bank: Bank) -> None:
    rng = Random(1)
    for language, phrases in read_bank(bank).items():
        for rule in sorted(phrases.rules()):
            for text in phrases.several(rule, 99, rng, SLOTS):
                assert not set("{}[]|") & set(text), (language, rule, text)


@pytest.mark.parametrize("bank", ["build", "judge"])
def test_every_feature_of_the_taxonomy_has_sentences(bank: Bank) -> None:
    features = {feature for leaf in read_taxonomy().leaves for feature in leaf.features}
    for language, phrases in read_bank(bank).items():
        missing = {f"{f}.{side}" for f in features for side in ("good", "bad")} - phrases.rules()
        assert not missing, language


def test_swedish_and_english_are_the_richest(build: dict[str, Phrases]) -> None:
    size = {code: sum(p.size(rule) for rule in p.rules()) for code, p in build.items()}
    others = max(n for code, n in size.items() if code not in ("sv", "en"))
    assert min(size["sv"], size["en"]) > 1.2 * others


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_banks_have_the_same_rules(language: str) -> None:
    assert rules("judge", language).keys() == rules("build", language).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banks_share_no_sentence(language: str) -> None:
    build = {sentence for _, sentence in said(rules("build", language))}
    judge = {s for rule, s in said(rules("judge", language)) if rule not in CONNECTIVES and s}
    assert not build & judge


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banks_share_no_five_words_in_a_row(language: str) -> None:
    build = {run for _, sentence in said(rules("build", language)) for run in runs(sentence, 5)}
    judge = {run for _, sentence in said(rules("judge", language)) for run in runs(sentence, 5)}
    assert not build & judge


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bank", ["build", "judge"])
def test_slots_stand_where_they_are_filled(bank: Bank, language: str) -> None:
    book = rules(bank, language)
    for rule, sentence in said(book):
        for slot in (word[1:-1] for word in sentence if word[0] == "["):
            assert slot in SLOTS or slot in CONNECTIVES, (rule, slot)
            assert rule in ONLY_IN.get(slot, {rule}), (rule, slot)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bank", ["build", "judge"])
def test_a_sentence_has_the_slot_that_it_is_about(bank: Bank, language: str) -> None:
    book = rules(bank, language)
    for rule, slots in TRACES.items():
        for template in book[rule]:
            assert {f"[{slot}]" for slot in slots.split()} & set(words(template)), (rule, template)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bank", ["build", "judge"])
def test_pieces_of_a_review_have_no_full_stop(bank: Bank, language: str) -> None:
    full = {"vine", "abuse", "warn_general", "rival_plug", "name"}
    for rule, templates in rules(bank, language).items():
        piece = "." in rule or rule.endswith(("_title", "_open", "_close")) or rule == "use"
        if piece and rule not in full:
            assert not [t for t in templates if t.endswith((".", "!", "?"))], rule


def test_a_missing_bank_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.simulator.phrasebook.folder", lambda: tmp_path)
    with pytest.raises(PhraseError, match=r"phrase bank `judge` has no file for `sv`.*sv\.toml"):
        read_bank("judge")


def test_a_missing_rule_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "judge").mkdir()
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "sv.toml").write_text('[talk]\nhello = ["a"]\nbye = ["b"]\n')
    for language in LANGUAGES:
        text = '[talk]\nhello = ["x"]\nbye = ["y"]\n' if language != "fi" else '[talk]\nbye=["y"]'
        (tmp_path / "judge" / f"{language}.toml").write_text(text)
    monkeypatch.setattr("pipeline.simulator.phrasebook.folder", lambda: tmp_path)
    with pytest.raises(PhraseError, match=r"judge/fi.toml lacks the rule\(s\) hello"):
        read_bank("judge")


@pytest.mark.parametrize("broken", ["{a|b", "a}", "[name", "{a|[b}"])
def test_a_broken_template_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"not closed|unexpected"):
        parse(broken)


def test_choices_nest_and_slots_come_before_rules() -> None:
    phrases = Phrases("xx", {"a": ["{x{1|2}|y} [b] [c]"], "b": ["rule"], "c": ["rule"]})
    said = {phrases.say("a", Random(seed), {"c": "slot"}) for seed in range(40)}
    assert said == {"x1 rule slot", "x2 rule slot", "y rule slot"}


def test_a_disguise_hides_the_telling_words_and_keeps_the_others() -> None:
    stems = read_shared("languages.toml")["en"]["sensitive"]  # type: ignore[index]
    text = "Write a review with five stars and we send you money"
    for seed in range(60):
        hidden = disguise(text, stems, Random(seed))
        assert hidden != text
        assert not {"review", "stars", "money"} & set(hidden.split())
        assert hidden.startswith("Write a ")
    assert disguise("nothing to see", stems, Random(1)) != "nothing to see"


def test_a_slip_changes_little() -> None:
    text = "Works well and arrived in two days as promised"
    for seed in range(30):
        typed = slip(text, Random(seed))
        assert abs(len(typed) - len(text)) <= 1
        assert len(set(typed.split()) & set(text.split())) >= len(text.split()) - 2


def test_every_way_of_hiding_changes_the_word() -> None:
    for way in WAYS:
        assert way("recension", Random(3)) != "recension"
