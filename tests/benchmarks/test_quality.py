"""The bench of detection quality: worlds kept, figures compared, leaks noticed."""

from __future__ import annotations

import gzip
import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from benchmarks.quality import __main__ as bench
from benchmarks.quality import committed, leak
from benchmarks.quality.committed import Committed, Setting, Side, flat, moves
from benchmarks.quality.run import UnfitWorldError, matched, produce
from benchmarks.quality.worlds import Spec, build, shelf
from pipeline.config import Config
from pipeline.scorer import Estimate, figures
from tests.scorer import truths

SMALL = Spec(seed=3, scale=0.05, phrasing="build")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with one small world on it, replayed."""
    folder = shelf(tmp_path_factory.mktemp("out"))
    produce(SMALL, folder, Config())
    return folder


def test_a_world_is_made_once(kept: Path) -> None:
    made = (kept / SMALL.name / "truth.jsonl").stat().st_mtime_ns
    assert (build(SMALL, kept) / "truth.jsonl").stat().st_mtime_ns == made


def test_old_worlds_of_another_simulator_are_thrown_away(tmp_path: Path) -> None:
    old, recent = (tmp_path / "worlds" / name for name in ("0123456789abcdef", "fedcba9876543210"))
    for other, days in ((old, 5), (recent, 1)):
        other.mkdir(parents=True)
        then = time.time() - days * 86_400
        os.utime(other, (then, then))
    current = shelf(tmp_path)
    assert not old.exists()
    assert recent.exists()
    assert shelf(tmp_path) == current


def test_every_revision_is_kept_and_the_world_matched(kept: Path) -> None:
    world = kept / SMALL.name
    found = matched(world)
    assert found.truth.world.seed == SMALL.seed
    lines = (world / "alerts.jsonl").read_bytes().splitlines()
    assert len(lines) >= len(found.bookings)


def test_refused_events_stop_the_bench(kept: Path, tmp_path: Path) -> None:
    world = tmp_path / SMALL.name
    world.mkdir()
    (world / "truth.jsonl").write_bytes((kept / SMALL.name / "truth.jsonl").read_bytes())
    (world / "votes.jsonl").write_text('{"type":"vote.cast"}\n')
    with pytest.raises(UnfitWorldError, match=r"votes\.jsonl, line 1"):
        produce(SMALL, tmp_path, Config())


def test_figures_are_written_and_read_back(tmp_path: Path) -> None:
    world = truths.truth(truths.planted(sellers=["S"], reviews=["r"]), truths.lookalike())
    alert = truths.alert(sellers=["S"], reviews=["r"])
    named = flat(figures([truths.matched(world, alert)]))
    assert named["incentive_offer: recall"].value == 1
    assert named["incentive_offer:plain: recall"].value == 1
    assert named["lookalike shared_taste:plain: fooled"].value == 0
    assert "review_ring: recall" not in named
    setting = Setting(1.0, [1, 2], "build", "abc")
    path = tmp_path / "figures.json"
    committed.write(Committed({"building": Side(setting, named)}), path)
    assert committed.read(path).sides["building"] == Side(setting, named)
    assert committed.read(tmp_path / "missing.json") == Committed({})


def test_only_what_moves_beyond_noise_is_said_to() -> None:
    before = {
        "a: recall": Estimate(0.2, 0.1, 0.3, 50),
        "b: recall": Estimate(0.2, 0.1, 0.6, 5),
        "c: recall": Estimate(0.5, 0.4, 0.6, 5),
        "d: Brier": Estimate(0.3, 0.25, 0.35, 50),
        "gone: recall": Estimate(1, 1, 1, 1),
    }
    now = {
        "a: recall": Estimate(0.5, 0.4, 0.6, 50),
        "b: recall": Estimate(0.5, 0.1, 0.8, 5),
        "c: recall": Estimate(0.5, 0.4, 0.6, 5),
        "d: Brier": Estimate(0.1, 0.05, 0.15, 50),
        "new: recall": Estimate(1, 1, 1, 1),
    }
    found = {move.name: move for move in moves(before, now)}
    assert set(found) == {"a: recall", "b: recall", "d: Brier"}
    assert [found[name].beyond_noise for name in found] == [True, False, True]
    assert found["a: recall"].direction == "better"
    assert found["d: Brier"].direction == "better"
    assert moves(now, before)[0].direction == "worse"


def test_the_command_compares_and_tells_by_its_status(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    small = ["--seeds", "1", "--scale", "0.03", "--out", str(tmp_path)]
    arguments = [*small, "--against", str(path)]
    first = CliRunner().invoke(bench.app, [*arguments, "--update"])
    assert first.exit_code == 0, first.output
    assert "building: phrases of bank `build`" in first.stdout
    assert "No committed figures" in first.stdout
    second = CliRunner().invoke(bench.app, arguments)
    assert second.exit_code == 0
    assert "0 beyond noise" in second.stdout
    sides = committed.read(path).sides
    better = {name: Estimate(1, 0.99, 1, 999) for name in sides["building"].figures}
    boast = {name: Side(side.setting, better) for name, side in sides.items()}
    committed.write(Committed(boast), path)
    third = CliRunner().invoke(bench.app, arguments)
    assert third.exit_code == bench.WORSE
    assert "worse" in third.stdout


def _world(folder: Path, seed: int, tell: str) -> Path:
    """A folder of reviews, a tenth of them planted, which show it by `tell`."""
    rng = random.Random(seed)
    reviews = []
    planted = set()
    for _ in range(2_000):
        guilty = rng.random() < 0.1
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.random() * 30 * 86_400)
        if guilty and tell == "time of day":
            at = at.replace(hour=3)
        number = f"{rng.getrandbits(60) | guilty * (tell == 'ids') * 0xFF:015x}"
        reviews.append({
            "type": "review.posted",
            "event_id": f"{rng.getrandbits(96):024x}",
            "occurred_at": at.isoformat(),
            "marketplace": "amazon.se",
            "review_id": number,
            "reviewer_id": "A",
        })  # fmt: skip
        if guilty:
            planted.add(number)
    reviews.sort(key=lambda review: review["occurred_at"])
    if tell == "order":
        # Each planted review is put behind an organic one of the same second.
        for place, review in enumerate(reviews[:-1]):
            if review["review_id"] in planted:
                reviews[place + 1] = review | {
                    "review_id": f"{rng.getrandbits(60):015x}",
                    "event_id": f"{rng.getrandbits(96):024x}",
                }
                reviews[place], reviews[place + 1] = reviews[place + 1], reviews[place]
    folder.mkdir()
    with gzip.open(folder / "reviews.jsonl.gz", "wb") as file:
        file.write(msgspec.json.Encoder().encode_lines(reviews))
    for topic in ("votes", "seller-messages", "catalog", "accounts", "orders"):
        with gzip.open(folder / f"{topic}.jsonl.gz", "wb"):
            pass
    world = truths.truth(truths.planted(reviews=sorted(planted)))
    lines = msgspec.json.Encoder(order="sorted").encode_lines([world.world, *world.planted])
    (folder / "truth.jsonl").write_bytes(lines)
    return folder


@pytest.mark.parametrize("tell", ["nothing", *leak.SECRET])
def test_a_world_that_gives_itself_away_is_noticed(tmp_path: Path, tell: str) -> None:
    learned, asked = (
        leak.samples(_world(tmp_path / str(seed), seed, tell))["reviews"] for seed in (1, 2)
    )
    telling = {group for group in leak.SECRET if leak.auc(group, learned, asked).beyond_chance(3)}
    assert telling == ({tell} & set(leak.SECRET))


def test_like_is_compared_with_like(tmp_path: Path) -> None:
    sample = leak.samples(_world(tmp_path / "world", 1, "nothing"))["reviews"]
    planted = int(sample.planted.sum())
    assert planted > 100
    assert len(sample.planted) - planted == min(leak.ORGANIC * planted, 2_000 - planted)
