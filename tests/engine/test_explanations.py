"""Explanations: every language says the same things, and shows facts as plain text."""

from __future__ import annotations

from pipeline import explain


def test_every_language_has_the_same_templates_and_facts() -> None:
    english = explain.load("en")
    assert explain.languages() == ["en", "sv"]
    for name in explain.languages():
        language = explain.load(name)
        assert set(language.text) == set(english.text)
        assert set(language.word) == set(english.word)
        for key, template in language.text.items():
            assert explain.fields(template) == explain.fields(english.text[key]), key


def test_facts_from_outside_are_bounded_plain_text() -> None:
    shown = explain.plain("id\nwith\x1b[31m colours\u202e" + "x" * 500)
    assert len(shown) <= explain.VALUE_LIMIT
    assert shown.isprintable()


def test_braces_in_facts_are_not_templates() -> None:
    language = explain.Language({"t": "says {who}"}, {"bank": "bank account"})
    assert explain.render(language, "t", (("who", "{who.__class__}"),)) == "says {who.__class__}"
    assert explain.render(language, "t", (("who", "@bank"),)) == "says bank account"
    assert explain.render(language, "t", (("who", "@nobody"),)) == "says @nobody"
