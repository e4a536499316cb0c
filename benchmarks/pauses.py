"""How long the others rest when a worker comes or goes: `python -m benchmarks.pauses`.

Under steady load a second worker joins, leaves (SIGTERM), joins again and is killed (SIGKILL). Each
checkpoint of a lane leaves a record with the broker's time in the topic of lanes; told is the
longest time without one, for the lanes that stay where they are and for those that move.
"""

from __future__ import annotations

import re
import signal
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.fleet import Worker, must, wait, workers
from benchmarks.load import Load
from benchmarks.steady import BLOCK, Traffic
from pipeline import broker
from pipeline.config import Config, read
from pipeline.kafka import reading
from pipeline.kafka.clients import consumer
from pipeline.live import progress
from pipeline.live.topics import InternalNames

_TIMEOUT = 120
_ASSIGNED = re.compile(r"assigned: \d+ of \d+ lanes \((.*)\)")


@dataclass(frozen=True)
class Span:
    """What was done to the workers in a while."""

    what: str
    begin: float
    """Unix time."""
    end: float
    kept: frozenset[str]
    """The lanes that stayed with the first worker."""


def main(
    rate: Annotated[float, typer.Option(help="Events a second.")] = 100,
    settle: Annotated[float, typer.Option(help="Seconds between what is done.")] = 25,
    partitions: Annotated[int, typer.Option(min=2)] = 4,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Measure."""
    settings = read(config)
    extra = ["--config", str(config)] if config else []
    load = Load(1_000_000, 1_000, seed=1)
    with broker.start(port=0, ephemeral=True) as kafka, tempfile.TemporaryDirectory() as scratch:
        server, first, second = kafka.bootstrap_servers, Path(scratch, "1"), Path(scratch, "2")
        first.mkdir()
        second.mkdir()
        address = ["--bootstrap-servers", server, *extra]
        must("topics", "create", "--partitions", str(partitions), *address)
        spans: list[Span] = []
        with workers(1, first, address) as (stays,):
            wait(server, settings, _TIMEOUT)
            traffic = Traffic(
                server, settings.topics, load.blocks(BLOCK), rate=rate, probe_seconds=settle
            )

            def passes(what: str, lanes: int) -> None:
                """Until the first worker has had so many lanes for a while."""
                begin, before = time.time(), _lanes(stays)
                deadline = time.monotonic() + _TIMEOUT
                while len(_lanes(stays)) != lanes and time.monotonic() < deadline:
                    time.sleep(0.5)
                time.sleep(settle)
                spans.append(Span(what, begin, time.time(), before & _lanes(stays)))

            with traffic:
                time.sleep(2 * settle)  # what is imported or built at first use comes in here
                passes("nothing happens", partitions)
                with workers(1, second, address) as (other,):
                    passes("another joins", partitions // 2)
                    passes("nothing happens, two workers", partitions // 2)
                    other.process.send_signal(signal.SIGTERM)
                    passes("it leaves", partitions)
                with workers(1, second, address) as (other,):
                    passes("another joins again", partitions // 2)
                    other.process.send_signal(signal.SIGKILL)
                    passes("it is killed", partitions)
        Console().print(_table(spans, _checkpoints(server, settings)))


def _lanes(worker: Worker) -> frozenset[str]:
    """The lanes that a worker has, by its log."""
    told = _ASSIGNED.findall(worker.log.read_text())
    return frozenset(told[-1].split(", ")) if told else frozenset()


def _checkpoints(bootstrap_servers: str, settings: Config) -> dict[str, list[float]]:
    """When each lane made checkpoints (Unix times)."""
    found: dict[str, list[float]] = {}
    topic = InternalNames(settings.topics, settings.live.group).lanes
    with consumer(bootstrap_servers) as client:
        for record in reading.to_the_end(client, reading.assign(client, topic)):
            lane = str(progress.decode_lane(record.key))
            found.setdefault(lane, []).append(record.timestamp / 1_000)
    return found


def longest(times: Sequence[float], begin: float, end: float) -> float:
    """The longest time without any of these moments of which a part lies between begin and end."""
    spans = pairwise(sorted(times))
    return max((b - a for a, b in spans if b > begin and a < end), default=end - begin)


def _table(spans: Iterable[Span], checkpoints: dict[str, list[float]]) -> Table:
    table = Table(title="Longest time without a checkpoint, s")
    for column in ("", "lanes that stay", "lanes that move"):
        table.add_column(column, justify="right" if column else "left")
    for span in spans:
        gaps = {lane: longest(times, span.begin, span.end) for lane, times in checkpoints.items()}
        stay = [gap for lane, gap in gaps.items() if lane in span.kept]
        move = [gap for lane, gap in gaps.items() if lane not in span.kept]
        table.add_row(span.what, *(f"{max(some):.1f}" if some else "" for some in (stay, move)))
    return table


if __name__ == "__main__":
    typer.run(main)
