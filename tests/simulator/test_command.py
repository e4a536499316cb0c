"""`starwatch simulate` on the command line."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from pipeline.cli import app

runner = CliRunner()


def test_help_has_examples() -> None:
    result = runner.invoke(app, ["simulate", "--help"])
    assert result.exit_code == 0
    assert "starwatch simulate --seed 1 --out world" in result.output


def test_it_writes_a_world_and_reports_to_stderr(tmp_path: Path) -> None:
    out = tmp_path / "world"
    result = runner.invoke(
        app,
        ["simulate", "--seed", "3", "--scale", "0.02", "--out", str(out),
         "--include", "vote_manipulation:burst_for_own"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "violations" in result.stderr
    assert {path.name for path in out.iterdir()} == {
        "reviews.jsonl", "votes.jsonl", "seller-messages.jsonl", "catalog.jsonl",
        "accounts.jsonl", "orders.jsonl", "truth.jsonl",
    }  # fmt: skip


def test_wrong_use_says_what_there_is(tmp_path: Path) -> None:
    for arguments, expected in (
        (["--include", "vote_manipulation:nothing"], "slow_drip"),
        (["--include", "nothing"], "self_review"),
        (["--scale", "0"], "more than 0"),
        (["--start", "yesterday"], "isoformat"),
    ):
        result = runner.invoke(app, ["simulate", "--out", str(tmp_path), *arguments])
        assert result.exit_code == 2
        assert expected in result.stderr
