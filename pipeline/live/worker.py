"""A worker process: the Faust app with its lanes, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.config import Config
from pipeline.intake import Intake
from pipeline.kafka.clients import servers
from pipeline.live import app as apps
from pipeline.live import logs, preflight
from pipeline.live.board import Board
from pipeline.live.lane import Workshop
from pipeline.live.plan import Plan
from pipeline.live.reader import Reader
from pipeline.topology import Topology

log = logging.getLogger("starwatch.worker")

_LEAVE_SECONDS = 15.0
_REPORT_SECONDS = 10.0
_CRASHED = 1


def run(config: Config, bootstrap_servers: str, topology: Topology | None = None) -> int:
    """Work until SIGTERM or SIGINT; the process' exit status.

    Raises `ClusterError` where Kafka does not answer or its topics do not fit. `topology` is the
    configuration's, unless given.
    """
    logs.to_stderr()
    # State is millions of small objects without cycles: look for cycles rarely.
    gc.set_threshold(200_000, 50, 100)
    plan = preflight.plan(bootstrap_servers, config, topology or config.topology())
    with tempfile.TemporaryDirectory(prefix="starwatch-worker-") as folder:
        return asyncio.run(_work(plan, servers(bootstrap_servers), Path(folder)))


async def _work(plan: Plan, bootstrap_servers: list[str], folder: Path) -> int:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(logs.on_loop_error)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _leave, stop)
    with ThreadPoolExecutor(1, thread_name_prefix="work") as executor:
        reader = Reader()
        intake = Intake(plan.topology, plan.intake)
        shop = Workshop(plan, bootstrap_servers, reader, intake, executor)
        board = Board(shop)
        app = apps.build(plan, bootstrap_servers, board, reader, folder)
        log.info("group %s: joining", plan.internal.group)
        reporting = asyncio.create_task(_report(shop))
        await app.start()
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(app.wait_until_stopped())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        crashed = not stop.is_set()
        if crashed:
            log.error("the runtime has failed: %r", app.crash_reason)
            _leave(stop)
        reporting.cancel()
        await board.close()
        await app.stop()
    log.info("left the group")
    return _CRASHED if crashed else 0


def _leave(stop: asyncio.Event) -> None:
    """Begin to leave. The process ends soon whatever happens: what is not durable is done again by
    whoever takes over, so that ending at once loses nothing."""
    if stop.is_set():
        return
    log.info("leaving: last checkpoints")
    stop.set()

    def end() -> None:
        sys.stderr.write("starwatch: leaving took too long; ended without a last checkpoint\n")
        os._exit(_CRASHED)

    timer = threading.Timer(_LEAVE_SECONDS, end)
    timer.daemon = True
    timer.start()


async def _report(shop: Workshop) -> None:
    """Say now and then what was done."""
    tally = shop.tally
    while True:
        events, checkpoints, failures = tally.events, tally.checkpoints, tally.failures.copy()
        await asyncio.sleep(_REPORT_SECONDS)
        if tally.checkpoints > checkpoints:
            log.info(
                "%s events a second, %.1f checkpoints a second",
                f"{(tally.events - events) / _REPORT_SECONDS:,.0f}",
                (tally.checkpoints - checkpoints) / _REPORT_SECONDS,
            )
        for judge, count in sorted((tally.failures - failures).items()):
            log.warning("judgement %s raised %s times and found nothing there", judge, f"{count:,}")
