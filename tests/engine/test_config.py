"""The configuration file: defaults, errors that help, and the generated reference."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    for where, kind in config.settings():
        texts = config.describe(kind)
        for name in kind.__struct_fields__:
            assert texts.get(name), f"{where}.{name} has no description"


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = ROOT / "docs" / name
    assert page.exists() and page.read_text(encoding="utf-8") == pages()[name], "run `make docs`"
