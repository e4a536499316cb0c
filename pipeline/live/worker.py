"""A worker process: the Faust app with its lanes, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

from pipeline.config import Config
from pipeline.intake import Intake
from pipeline.kafka.clients import servers
from pipeline.live import app as apps
from pipeline.live import http, logs, preflight
from pipeline.live.board import Board
from pipeline.live.crashes import CrashPoints
from pipeline.live.folders import own_folder
from pipeline.live.plan import Plan
from pipeline.live.reader import Reader
from pipeline.live.shop import Workshop
from pipeline.live.status import status
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
    topology = topology or config.topology()

    def lag() -> int:
        return status(bootstrap_servers, config.topics, config.live).lag

    while True:
        plan = preflight.plan(bootstrap_servers, config, topology)
        with own_folder(config.live.folder) as folder:
            end = asyncio.run(_work(plan, servers(bootstrap_servers), lag, folder))
        if end is not End.OUTDATED:
            return _CRASHED if end is End.CRASHED else 0
        log.info("topics have got more partitions: joining again")


class End(Enum):
    """Why a worker has left its group."""

    ASKED = "SIGTERM or SIGINT"
    CRASHED = "the runtime has failed"
    OUTDATED = "topics have changed"


async def _work(
    plan: Plan, bootstrap_servers: list[str], lag: Callable[[], int], folder: Path
) -> End:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(logs.on_loop_error)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _leave, stop)
    with ThreadPoolExecutor(1, thread_name_prefix="work") as executor:
        reader = Reader()
        intake = Intake(plan.topology, plan.intake)
        crashes = CrashPoints.of(os.environ)
        shop = Workshop(plan, bootstrap_servers, reader, intake, executor, lag, folder, crashes)
        board = Board(shop)
        app = apps.build(plan, bootstrap_servers, board, reader, folder)
        log.info("group %s: joining", plan.internal.group)
        reporting = asyncio.create_task(_report(shop))
        answering = await http.answer(shop, board)
        await app.start()
        waits = (stop.wait(), app.wait_until_stopped(), board.outdated.wait())
        tasks = [asyncio.create_task(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        end = End.OUTDATED if board.outdated.is_set() else End.CRASHED
        if stop.is_set():
            end = End.ASKED
        elif end is End.CRASHED:
            log.error("the runtime has failed: %r", app.crash_reason)
            _end_soon()
        reporting.cancel()
        await board.close()
        await app.stop()
        await answering.close()
    log.info("left the group")
    return end


def _leave(stop: asyncio.Event) -> None:
    if not stop.is_set():
        log.info("leaving: last checkpoints")
        stop.set()
        _end_soon()


def _end_soon() -> None:
    """The process ends soon whatever happens: what is not durable is done again by whoever takes
    over, so that ending at once loses nothing."""

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
        events, checkpoints = tally.events, tally.checkpoints
        failures, errors = tally.failures.copy(), tally.errors.copy()
        await asyncio.sleep(_REPORT_SECONDS)
        if tally.checkpoints > checkpoints:
            log.info(
                "%s events a second, %.1f checkpoints a second",
                f"{(tally.events - events) / _REPORT_SECONDS:,.0f}",
                (tally.checkpoints - checkpoints) / _REPORT_SECONDS,
            )
        for judge, count in sorted((tally.failures - failures).items()):
            log.warning("judgement %s raised %s times and found nothing there", judge, f"{count:,}")
        for detector, count in sorted((tally.errors - errors).items()):
            log.warning("detector %s raised on %s events: see dead letters", detector, f"{count:,}")
