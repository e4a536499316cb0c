"""What a worker answers over HTTP: `/metrics` for Prometheus, `/live` and `/ready` for whoever runs
it. The event loop answers: where that hangs, nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from detectors.api import SECOND
from pipeline.errors import StarwatchError
from pipeline.live.board import Board
from pipeline.live.shop import Workshop


class WorkerCollector(Collector):
    """A worker's counters and gauges, as they are when Prometheus asks."""

    def __init__(self, shop: Workshop, board: Board) -> None:
        self._shop = shop
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._done()
        yield from self._lanes()

    def _done(self) -> Iterator[Metric]:
        tally = self._shop.tally
        yield CounterMetricFamily("starwatch_events", "Event records taken.", tally.events)
        yield _counts(
            "starwatch_dead_letters", "Dead letters.", ["reason"], _keyed(tally.letters.items())
        )
        yield _counts(
            "starwatch_detector_errors",
            "Events on which a detector raised.",
            ["detector"],
            _keyed(tally.errors.items()),
        )
        yield _counts(
            "starwatch_judgement_errors",
            "Judgements that raised, and findings that could not be shown.",
            ["judge"],
            _keyed(tally.failures.items()),
        )
        yield _counts(
            "starwatch_findings",
            "Accusing findings said, new or changed.",
            ["clause"],
            _keyed(tally.findings.items()),
        )
        yield _counts(
            "starwatch_alerts",
            "Revisions of cases published.",
            ["clause", "status"],
            tally.alerts.items(),
        )
        yield SummaryMetricFamily(
            "starwatch_checkpoint_seconds",
            "What checkpoints took, from judging to the commit.",
            tally.checkpoints,
            tally.checkpoint_seconds,
        )
        yield CounterMetricFamily(
            "starwatch_checkpoint_bytes", "Bytes written by checkpoints.", tally.checkpoint_bytes
        )
        left = GaugeMetricFamily(
            "starwatch_restore_left_records",
            "Records still to be read of the state of a lane that is being restored.",
            labels=["lane"],
        )
        for lane, records in tally.restoring.items():
            left.add_metric([str(lane)], records)
        yield left
        yield SummaryMetricFamily(
            "starwatch_restore_seconds",
            "What taking a partition over took.",
            tally.restores,
            tally.restore_seconds,
        )
        yield CounterMetricFamily(
            "starwatch_restored_sub_keys", "Sub-keys restored.", tally.restored_sub_keys
        )

    def _lanes(self) -> Iterator[Metric]:
        health = self._board.health()
        lanes = GaugeMetricFamily("starwatch_lanes", "Lanes of this worker.", labels=["state"])
        serving = sum(h.is_serving for h in health.values())
        lanes.add_metric(["serving"], serving)
        lanes.add_metric(["restoring"], len(health) - serving)
        waited = GaugeMetricFamily(
            "starwatch_waited_seconds",
            "How long the lane that waits longest has had something to do and no checkpoint.",
            max((h.waited for h in health.values()), default=0.0),
        )
        lag = GaugeMetricFamily(
            "starwatch_lag_records", "Records that are there to be read.", labels=["topic"]
        )
        newest = GaugeMetricFamily(
            "starwatch_event_time_seconds",
            "The lowest of the partitions' newest event times (Unix time): how far it has come.",
            labels=["topic"],
        )
        keys = GaugeMetricFamily("starwatch_state_keys", "Keys with state.", labels=["lane"])
        unjudged = GaugeMetricFamily(
            "starwatch_unjudged_keys", "Keys that wait to be judged.", labels=["lane"]
        )
        lags: dict[str, int] = {}
        times: dict[str, int] = {}
        for lane, h in health.items():
            keys.add_metric([str(lane)], h.keys)
            unjudged.add_metric([str(lane)], h.unjudged)
            for topic, count in h.lags.items():
                lags[topic] = lags.get(topic, 0) + count
            for topic, ts in h.newest.items():
                times[topic] = min(times.get(topic, ts), ts)
        for topic, count in sorted(lags.items()):
            lag.add_metric([topic], count)
        for topic, ts in sorted(times.items()):
            newest.add_metric([topic], ts / SECOND)
        yield from (lanes, waited, lag, newest, keys, unjudged)


class Answering:
    """The server of a worker, or nothing where no port is given."""

    def __init__(self, runner: web.AppRunner | None) -> None:
        self._runner = runner

    async def close(self) -> None:
        """Answer no more."""
        if self._runner is not None:
            await self._runner.cleanup()


async def answer(shop: Workshop, board: Board) -> Answering:
    """Answer at the configured port from now on. Raises `StarwatchError` where it is taken."""
    live = shop.plan.live
    if not live.http_port:
        return Answering(None)
    registry = CollectorRegistry()
    registry.register(WorkerCollector(shop, board))
    ProcessCollector(registry=registry)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def is_live(_: web.Request) -> web.Response:
        """Positions move where there is something to do."""
        late = [f"lane {n}" for n, h in board.health().items() if h.waited > live.stall_seconds]
        return _said(late and f"no checkpoint for {live.stall_seconds:g} s: {', '.join(late)}")

    async def is_ready(_: web.Request) -> web.Response:
        """The group has told what this worker has, and the state of all of it is there."""
        if not board.has_joined:
            return _said("not in the group yet")
        absent = [f"lane {n}" for n, h in board.health().items() if not h.is_serving]
        return _said(absent and f"restoring: {', '.join(absent)}")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/live", is_live)
    app.router.add_get("/ready", is_ready)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, live.http_host, live.http_port).start()
    except OSError as error:
        await runner.cleanup()
        raise StarwatchError(
            f"[live] http_port: cannot answer at {live.http_host}:{live.http_port}: "
            f"{error.strerror}. Choose another with --http-port, or 0 for none."
        ) from None
    return Answering(runner)


def _said(problem: str | list[str]) -> web.Response:
    return web.Response(text=f"{problem or 'yes'}\n", status=503 if problem else 200)


def _keyed(counts: Iterable[tuple[str, int]]) -> Iterator[tuple[tuple[str, ...], int]]:
    return (((name,), count) for name, count in counts)


def _counts(
    name: str, what: str, labels: list[str], counts: Iterable[tuple[tuple[str, ...], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, what, labels=labels)
    for values, count in sorted(counts):
        family.add_metric(list(values), count)
    return family
