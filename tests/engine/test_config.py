"""The configuration file: defaults, errors that help, and the generated reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.allowed import Allowed
from pipeline import config
from pipeline.docs import pages

ROOT = Path(__file__).parents[2]


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.read(None).intake.lateness_days == 2.0


def test_a_file_in_the_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("starwatch.toml").write_text("[intake]\nlateness_days = 3\n")
    assert config.read(None).intake.lateness_days == 3.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[intak]\n", "x.toml: intak: unknown key; did you mean 'intake'?"),
        (
            "[intake]\nlatenes_days = 1",
            "x.toml: intake.latenes_days: unknown key; did you mean 'lateness_days'?",
        ),
        (
            "[intake]\nlateness_days = 'two'",
            "x.toml: intake.lateness_days: Expected `float`, got `str`",
        ),
        ("intake = 3", "x.toml: intake: expected a table ([intake]), found 3"),
        (
            "[detectors.review_cluster]",
            "x.toml: detectors.review_cluster: unknown key; did you mean 'review_clusters'?",
        ),
        (
            "[detectors.review_clusters]\nalik = 1",
            "x.toml: detectors.review_clusters.alik: unknown key; did you mean 'alike'?",
        ),
        ("[cases]\nlanguage = 'xx'", "x.toml: cases.language: no explanations in 'xx'"),
        ("[cases\n", "x.toml: not TOML"),
        ("allow = 3", "x.toml: allow: expected [[allow]], one for each exception"),
        ("allow = [3]", "x.toml: allow[0]: expected a table"),
        (
            "[[allow]]\nseller = 's'\nreason = 'r'\n[[allow]]\nsellers = 's'",
            "x.toml: allow[1].sellers: unknown key; did you mean 'seller'?",
        ),
        ("[[allow]]\nseller = 's'", "x.toml: allow[0]: Object missing required field `reason`"),
        (
            "[[allow]]\nreason = 'r'",
            "x.toml: allow[0]: expected one of identifier, seller and programme, found none",
        ),
        (
            "[[allow]]\nreason = 'r'\nseller = 's'\nprogramme = 'vine'",
            "x.toml: allow[0]: expected one of identifier, seller and programme, found seller and "
            "programme; give each exception its own [[allow]]",
        ),
        (
            "[[allow]]\nreason = 'r'\nidentifier = 'x'",
            "x.toml: allow[0]: identifier and identifier_type belong together",
        ),
        (
            "[[allow]]\nreason = 'r'\nseller = 's'\nclauses = ['self_reviews']",
            "x.toml: allow[0].clauses[0]: Invalid enum value 'self_reviews'",
        ),
        (
            "[[allow]]\nreason = 'r'\nprogramme = 'vine'\nclauses = ['self_review']",
            "x.toml: allow[0]: clauses narrow down an exception for a seller",
        ),
        (
            "[[allow]]\nreason = 'r'\nseller = 's'\nfrom = 2025-03-01\nuntil = 2025-03-01",
            "x.toml: allow[0]: until must be later than from",
        ),
        (
            "[[allow]]\nreason = 'r'\nseller = 's'\nfrom = 2025-03-01T12:00:00",
            "x.toml: allow[0].from: expected an offset behind 2025-03-01 12:00:00, such as Z",
        ),
    ],
)
def test_errors_say_where_what_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(config.ConfigError) as error:
        config.parse(text, "x.toml")
    assert str(error.value).startswith(message)


def test_a_detector_can_be_switched_off() -> None:
    off = config.parse("[detectors.review_clusters]\nenabled = false")
    names = {d.name for d in off.enabled()}
    assert "review_clusters" not in names
    assert "review_clusters" in {d.name for d in config.Config().enabled()}


def test_every_setting_says_what_it_means() -> None:
    for where, kind in [*config.settings(), ("allow", Allowed)]:
        texts = config.describe(kind)
        for name in kind.__struct_fields__:
            assert texts.get(name), f"{where}.{name} has no description"


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = ROOT / "docs" / name
    assert page.exists() and page.read_text(encoding="utf-8") == pages()[name], "run `make docs`"
