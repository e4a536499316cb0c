"""The guarantee over the real thing: Kafka, two workers, one killed half-way, the same cases as
a replay of the files, and a dead letter for each broken record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import broker
from pipeline.cli.demo import sample
from tests.e2e.disturbance import disturb

STARWATCH = [sys.executable, "-m", "pipeline.cli"]
Cases = dict[str, dict[str, Any]]


def run(*arguments: object, address: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "STARWATCH_BOOTSTRAP_SERVERS": address}
    done = subprocess.run(
        [*STARWATCH, *map(str, arguments)], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def open_cases(path: Path) -> Cases:
    found: Cases = {}
    for alert in rows(path):
        if alert["status"] == "open":
            alert.pop("revision")
            for evidence in alert["evidence"]:
                evidence.pop("source", None)
            found[alert["case_id"]] = alert
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 50,000 events, so that a kill falls into the middle."""
    folder = tmp_path_factory.mktemp("world") / "world"
    run("simulate", "--seed", 41, "--scale", 0.3, "--out", folder)
    (folder / "truth.jsonl").unlink()
    return folder


@pytest.mark.parametrize("which", ["demo", "simulated"])
def test_disturbed_files_give_the_same_cases(which: str, world: Path, tmp_path: Path) -> None:
    source = sample() if which == "demo" else world
    broken = disturb(source, tmp_path / "in", days=0.9, duplicates=0.1, bad=0.02, seed=1)
    plain, moved, letters = (tmp_path / n for n in ("plain.jsonl", "moved.jsonl", "bad.jsonl"))
    run("replay", source, "--alerts", plain)
    run("replay", tmp_path / "in", "--alerts", moved, "--dead-letters", letters)
    assert open_cases(moved) == open_cases(plain)
    assert open_cases(plain)
    found = {(x["source"]["file"], x["source"]["line"]) for x in rows(letters)}
    assert found == set(broken)
    assert len(rows(letters)) == len(broken)


class Workers:
    """Workers as processes, killed or stopped by number."""

    def __init__(self, address: str, folder: Path) -> None:
        self._env = {**os.environ, "STARWATCH_BOOTSTRAP_SERVERS": address}
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        log = (self._folder / f"worker{len(self.processes)}.log").open("wb")
        with log:
            self.processes.append(
                subprocess.Popen(
                    [*STARWATCH, "worker"],
                    env=self._env,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def kill(self, number: int) -> None:
        os.killpg(self.processes[number].pid, signal.SIGKILL)
        self.processes[number].wait()

    def stop(self) -> list[int]:
        """SIGTERM to all that run; their exit statuses."""
        running = [p for p in self.processes if p.poll() is None]
        for process in running:
            process.terminate()
        return [process.wait(20) for process in running]


@pytest.fixture
def kafka_of_its_own() -> Iterator[str]:
    """Topics by their own names need a broker that no other test writes to."""
    with broker.start(port=0, ephemeral=True) as running:
        yield running.bootstrap_servers


def lag(address: str) -> int:
    return int(json.loads(run("status", "--json", address=address).stdout)["lag"])


def test_live_equals_replay(world: Path, kafka_of_its_own: str, tmp_path: Path) -> None:
    address = kafka_of_its_own
    broken = disturb(world, tmp_path / "in", days=0.9, duplicates=0.05, bad=0.01, seed=2)
    replayed, letters, live = (tmp_path / n for n in ("r.jsonl", "bad.jsonl", "live.jsonl"))
    run("replay", tmp_path / "in", "--alerts", replayed, "--dead-letters", letters)
    run("topics", "create", "--partitions", 4, address=address)
    run("produce", tmp_path / "in", address=address)
    total = lag(address)
    workers = Workers(address, tmp_path)
    killed_at = None
    try:
        workers.start()
        workers.start()
        deadline = time.monotonic() + 240
        while (behind := lag(address)) > 0:
            assert time.monotonic() < deadline, f"{behind} behind"
            if killed_at is None and behind < total * 0.7:
                workers.kill(0)
                killed_at = behind
                workers.start()
        run("alerts", "export", "--output", live, address=address)
    finally:
        statuses = workers.stop()
    assert killed_at is not None, "all was done before the kill: a larger world is needed"
    assert statuses == [0, 0]
    assert open_cases(live) == open_cases(replayed)
    assert open_cases(live)
    assert dead_letters(address) == len(broken) == len(rows(letters))


def dead_letters(address: str) -> int:
    """Distinct sources on the topic; a source twice fails."""
    from pipeline.kafka import reading
    from pipeline.kafka.clients import consumer

    with consumer(address) as client:
        records = list(reading.to_the_end(client, reading.assign(client, "dead-letters")))
    sources = {json.dumps(json.loads(r.value)["source"], sort_keys=True) for r in records}
    assert len(sources) == len(records)
    return len(sources)
