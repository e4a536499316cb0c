"""The phrase banks: complete, well formed, apart from each other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pipeline.simulator.disguise import WAYS, disguise, slip
from pipeline.simulator.markets import read_taxonomy
from pipeline.simulator.phrasebook import (
    LANGUAGES,
    PhraseError,
    Phrases,
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


def sentences(bank: str) -> Iterator[str]:
    for language in LANGUAGES:
        file = folder() / bank / f"{language}.toml"
        if file.is_file():
            document = tomllib.loads(file.read_text(encoding="utf-8"))
            for section in document.values():
                for value in section.values():
                    lists = value.values() if isinstance(value, dict) else [value]
                    for each in lists:
                        yield from (sentence for sentence in each if len(sentence.split()) > 3)


def test_every_rule_of_every_language_can_be_said(build: dict[str, Phrases]) -> None:
    rng = Random(1)
    for language, phrases in build.items():
        for rule in sorted(phrases.rules()):
            for text in phrases.several(rule, 99, rng, SLOTS):
                assert not set("{}[]|") & set(text), (language, rule, text)


def test_every_feature_of_the_taxonomy_has_sentences(build: dict[str, Phrases]) -> None:
    features = {feature for leaf in read_taxonomy().leaves for feature in leaf.features}
    for language, phrases in build.items():
        missing = {f"{f}.{side}" for f in features for side in ("good", "bad")} - phrases.rules()
        assert not missing, language


def test_swedish_and_english_are_the_richest(build: dict[str, Phrases]) -> None:
    size = {code: sum(p.size(rule) for rule in p.rules()) for code, p in build.items()}
    others = max(n for code, n in size.items() if code not in ("sv", "en"))
    assert min(size["sv"], size["en"]) > 1.2 * others


def test_the_banks_share_no_sentence() -> None:
    assert not set(sentences("build")) & set(sentences("judge"))


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
