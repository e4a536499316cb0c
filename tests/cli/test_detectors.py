"""The catalogue as people and programs read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors.registry import DETECTORS
from pipeline.cli import app
from pipeline.errors import StarwatchError
from schemas.alerts import CLAUSES

runner = CliRunner()


def output(*arguments: str) -> str:
    done = runner.invoke(app, ["detectors", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_list_names_every_detector_and_its_clauses() -> None:
    lines = output("list").splitlines()
    assert [line.split()[0] for line in lines] == [d.name for d in DETECTORS]


@pytest.mark.parametrize("name", [d.name for d in DETECTORS])
def test_show_tells_all_that_the_catalogue_promises(name: str) -> None:
    page = output("show", name)
    shown = json.loads(output("show", name, "--json"))
    assert set(shown["clauses"]) <= set(CLAUSES)
    parts = ("summary", "blind_without", "inputs", "thresholds", "false_positives", "runbook")
    for part in (*parts, "actions"):
        assert shown[part], part
    for threshold in shown["thresholds"]:
        assert f"{threshold['name']} = " in page
        assert f"{threshold['meaning']} {threshold['why']}" in page


def test_show_takes_thresholds_from_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "starwatch.toml"
    file.write_text("[detectors.review_clusters]\nalike = 0.9\nenabled = false\n")
    shown = json.loads(output("show", "review_clusters", "--json", "--config", str(file)))
    assert {t["name"]: t["value"] for t in shown["thresholds"]}["alike"] == 0.9
    assert "review_clusters" in output("list", "--config", str(file))
    assert "switched off" in output("list", "--config", str(file))


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(StarwatchError, match="did you mean 'vote_bursts'"):
        runner.invoke(app, ["detectors", "show", "vote_burst"], catch_exceptions=False)
