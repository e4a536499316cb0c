"""`starwatch replay` as a user calls it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.detectors.anything import events
from tests.detectors.test_review_clusters import coupon_buyers, shop
from tests.detectors.world import Event

runner = CliRunner()


def write(folder: Path, world: list[Event], *, packed: bool = False) -> Path:
    from schemas.events import TOPIC_OF_TYPE

    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = {}
    for _, body in world:
        line = json.dumps(body, ensure_ascii=False)
        files.setdefault(TOPIC_OF_TYPE[body["type"]], []).append(line)
    for topic, lines in files.items():
        text = "".join(f"{x}\n" for x in lines)
        if packed:
            (folder / f"{topic}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{topic}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def world() -> list[Event]:
    w = shop()
    coupon_buyers(w, 7, reviewing=7)
    return sorted(w.events, key=lambda e: e[0])


def replay(*arguments: object) -> tuple[int, str, str]:
    done = runner.invoke(app, ["replay", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines()]


def test_cases_go_to_the_file_named(tmp_path: Path, world: list[Event]) -> None:
    out = tmp_path / "cases.jsonl"
    code, stdout, stderr = replay(write(tmp_path / "in", world), "--alerts", out)
    assert (code, stdout) == (0, "")
    assert [c["clause"] for c in lines(out)] == ["incentive_offer"]
    assert "1 cases, 0 dead letters" in stderr


def test_cases_go_to_stdout_by_default(tmp_path: Path, world: list[Event]) -> None:
    code, stdout, _ = replay(write(tmp_path / "in", world))
    assert code == 0
    assert [json.loads(x)["clause"] for x in stdout.splitlines()] == ["incentive_offer"]


def test_packed_files_give_the_same(tmp_path: Path, world: list[Event]) -> None:
    _, plain, _ = replay(write(tmp_path / "a", world))
    _, packed, _ = replay(write(tmp_path / "b", world, packed=True))
    assert plain == packed != ""


def test_bad_lines_become_dead_letters_and_disturb_nothing(
    tmp_path: Path, world: list[Event]
) -> None:
    folder = write(tmp_path / "in", world)
    _, expected, _ = replay(folder)
    reviews = (folder / "reviews.jsonl").read_bytes().splitlines(keepends=True)
    bad = [
        b"no json\n",
        b'{"event_id": "x", "type": "review.posted"}\n',
        b'{"event_id": "\xff"}\n',
        b'{"event_id": "x", "text": "' + b"x" * 10_000_000 + b'"}\n',
    ]
    for i, line in enumerate(bad):
        reviews.insert(5 + 10 * i, line)
    (folder / "reviews.jsonl").write_bytes(b"".join(reviews))
    letters = tmp_path / "bad.jsonl"
    code, stdout, stderr = replay(folder, "--dead-letters", letters)
    assert (code, stdout) == (0, expected)
    found = [(x["source"], x["reason"], x["payload_encoding"]) for x in lines(letters)]
    assert found == [
        ({"file": "reviews.jsonl", "line": 6}, "not_json", "utf-8"),
        ({"file": "reviews.jsonl", "line": 16}, "missing_field", "utf-8"),
        ({"file": "reviews.jsonl", "line": 26}, "not_utf8", "base64"),
        ({"file": "reviews.jsonl", "line": 36}, "too_long", "utf-8"),
    ]
    assert lines(letters)[3]["payload_bytes"] == 10_000_029
    assert "not_utf8: 1" in stderr


def test_a_dump_out_of_order_wants_sort(tmp_path: Path) -> None:
    world = events(1, 800, 200)
    _, expected, _ = replay(write(tmp_path / "in", world))
    shuffled = list(world)
    random.Random(1).shuffle(shuffled)
    folder = write(tmp_path / "dump", shuffled)
    letters = tmp_path / "bad.jsonl"
    code, _, stderr = replay(folder, "--dead-letters", letters)
    assert code == 0
    assert "--sort" in stderr
    assert {x["reason"] for x in lines(letters)} == {"late"}
    code, stdout, stderr = replay(folder, "--sort")
    assert (code, stdout) == (0, expected)
    assert "0 dead letters" in stderr


def test_sorted_runs_on_disk_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sorting.RUN_BYTES", 20_000)
    world = events(2, 600, 200)
    _, expected, _ = replay(write(tmp_path / "in", world))
    random.Random(2).shuffle(world)
    _, stdout, _ = replay(write(tmp_path / "dump", world), "--sort")
    assert stdout == expected


def test_the_present_can_be_moved(tmp_path: Path, world: list[Event]) -> None:
    folder = write(tmp_path / "in", world)
    code, stdout, stderr = replay(folder, "--as-of", "2025-01-10T00:00:00Z")
    assert (code, stdout) == (0, "")
    assert "from_the_future" in stderr


@pytest.mark.parametrize("time", ["yesterday", "2025-01-10", "2025-01-10T00:00:00"])
def test_a_present_without_offset_is_refused(tmp_path: Path, time: str) -> None:
    from pipeline.errors import StarwatchError

    with pytest.raises(StarwatchError, match="expected a time with offset"):
        replay(tmp_path, "--as-of", time)


def test_nothing_is_written_when_reading_fails(tmp_path: Path, world: list[Event]) -> None:
    from pipeline.errors import StarwatchError

    folder = write(tmp_path / "in", world, packed=True)
    whole = (folder / "orders.jsonl.gz").read_bytes()
    (folder / "orders.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "cases.jsonl"
    with pytest.raises(StarwatchError, match=r"orders\.jsonl\.gz: cannot be read beyond line"):
        replay(folder, "--alerts", out)
    assert list(tmp_path.glob("*.jsonl*")) == list(tmp_path.glob(".*.part")) == []
