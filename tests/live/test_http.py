"""What a worker answers over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import StarwatchError
from pipeline.intake import Intake, IntakeSettings
from pipeline.live.board import Board
from pipeline.live.http import answer
from pipeline.live.lane import Health
from pipeline.live.plan import Lane
from pipeline.live.reader import Reader
from pipeline.live.shop import Workshop
from pipeline.topology import Topology
from tests.engine.toys import Crowds
from tests.live.conftest import MakeFleet
from tests.live.fleet import ROOT, world
from tests.live.net import plan


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metrics(port: int) -> dict[tuple[str, ...], float]:
    """By name and values of labels."""
    status, text = get(port, "/metrics")
    assert status == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.kafka
def test_a_worker_tells_what_it_does(make_fleet: MakeFleet) -> None:
    port = free_port()
    fleet = make_fleet(http_port=port)
    fleet.create_topics(1)
    events = world(3, 3_000, 60)
    fleet.produce([("votes", b"{"), *((topic, raw) for _, topic, raw in events)])
    fleet.start()
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline, fleet.logs()
        try:
            if get(port, "/ready")[0] == 200:
                break
        except OSError:  # it is not that far yet
            pass
        time.sleep(0.2)
    fleet.wait_for_lag(0)
    assert get(port, "/live") == (200, "yes\n")
    assert get(port, "/elsewhere")[0] == 404
    found = metrics(port)
    assert found["starwatch_events_total",] == len(events) + 1
    assert found["starwatch_dead_letters_total", "not_json"] == 1
    assert found["starwatch_lanes", "serving"] == 1
    assert found["starwatch_lanes", "restoring"] == 0
    assert found["starwatch_restore_seconds_count",] == 1
    assert not any(name == "starwatch_restore_left_records" for name, *_ in found)
    assert found["starwatch_checkpoint_seconds_count",] > 0
    assert found["starwatch_checkpoint_bytes_total",] > 10_000
    published = [json.loads(raw) for raw in fleet.records("alerts")]
    opened = sum(alert["status"] == "open" for alert in published)
    assert opened > 0
    assert found["starwatch_alerts_total", "review_ring", "open"] == opened
    assert found["starwatch_findings_total", "review_ring"] >= opened
    newest = max(ts for ts, topic, _ in events if topic == "reviews") / 1e6
    reviews = fleet.config.topics.actual("reviews")
    assert found["starwatch_event_time_seconds", reviews] == pytest.approx(newest)
    assert found["starwatch_lag_records", reviews] == 0


class Told:
    """A board as it would be in other times."""

    def __init__(self, *, has_joined: bool, **health: Health) -> None:
        self.has_joined = has_joined
        self._health = {Lane(9, n): h for n, h in enumerate(health.values())}

    def health(self) -> dict[Lane, Health]:
        return self._health


WELL = Health(True, 3.0, {}, 5, 0)


@pytest.mark.parametrize(
    ("board", "live", "ready"),
    [
        (Told(has_joined=False), 200, 503),
        (Told(has_joined=True), 200, 200),
        (Told(has_joined=True, a=WELL), 200, 200),
        (Told(has_joined=True, a=WELL, b=Health(False, 3.0, {}, 0, 0)), 200, 503),
        (Told(has_joined=True, a=WELL, b=Health(True, 121.0, {}, 0, 0)), 503, 200),
    ],
)
def test_live_and_ready(board: Told, live: int, ready: int) -> None:
    async def ask() -> tuple[int, int]:
        port = free_port()
        answering = await answer(shop(port), cast("Board", board))
        found = [(await asyncio.to_thread(get, port, p))[0] for p in ("/live", "/ready")]
        await answering.close()
        return found[0], found[1]

    assert asyncio.run(ask()) == (live, ready)


def test_how_far_a_recovery_is_can_be_seen() -> None:
    async def ask() -> dict[tuple[str, ...], float]:
        port, asked = free_port(), Told(has_joined=True)
        restoring = shop(port)
        restoring.tally.restoring[Lane(4, 3)] = 1_234
        answering = await answer(restoring, cast("Board", asked))
        found = await asyncio.to_thread(metrics, port)
        await answering.close()
        return found

    assert asyncio.run(ask())["starwatch_restore_left_records", "3/4"] == 1_234


def test_a_port_that_is_taken_is_told() -> None:
    async def twice() -> None:
        port = free_port()
        board = cast("Board", Told(has_joined=True))
        answering = await answer(shop(port), board)
        try:
            await answer(shop(port), board)
        finally:
            await answering.close()

    with pytest.raises(StarwatchError, match="--http-port"):
        asyncio.run(twice())


def shop(port: int) -> Workshop:
    topology = Topology([Crowds()])
    return Workshop(
        plan(topology, {"reviews": 1}, 1, http_port=port),
        [],
        Reader(),
        Intake(topology, IntakeSettings()),
        ThreadPoolExecutor(1),
        lambda: 0,
        Path(),
    )


def test_one_page_tells_of_every_metric() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    async def names() -> set[str]:
        port = free_port()
        answering = await answer(shop(port), cast("Board", Told(has_joined=True, a=WELL)))
        _, text = await asyncio.to_thread(get, port, "/metrics")
        await answering.close()
        return {f.name for f in text_string_to_metric_families(text) if f.name.startswith("star")}

    missing = {name for name in asyncio.run(names()) if f"`{name}" not in page}
    assert not missing
