"""From event to alert: `python -m benchmarks.latency --share 0.5`.

First finds the most that the workers can do: they catch up with a history of plain load. Then the
same load goes on at a share of that rate, and messages that are alerts by themselves tell how long
an event in Kafka takes to become an alert in Kafka (`benchmarks.steady`).
"""

from __future__ import annotations

import math
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.fleet import must, wait, workers
from benchmarks.load import Load
from benchmarks.steady import BLOCK, Traffic, described
from pipeline import broker
from pipeline.config import read

AT_ONCE = 1e6
"""A rate that no sender reaches (events a second)."""
PROBES = 200
_TIMEOUT = 1_200


def main(
    history: Annotated[int, typer.Option(help="Events that there are to catch up with.")] = 200_000,
    a_day: Annotated[float, typer.Option(help="Events a day of event time.")] = 5_000,
    share: Annotated[float, typer.Option(help="Of the rate at which they catch up.")] = 0.5,
    rate: Annotated[float | None, typer.Option(help="Events a second, whatever that is.")] = None,
    seconds: Annotated[float, typer.Option(help="How long.")] = 60,
    count: Annotated[int, typer.Option("--workers", min=1)] = 1,
    partitions: Annotated[int, typer.Option(min=1)] = 4,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Measure."""
    settings = read(config)
    extra = ["--config", str(config)] if config else []
    # Longer than needed: what is sent of it depends on the rate, its density does not.
    blocks = Load(history * 10, history * 10 / a_day, 1, population=history).blocks(BLOCK)
    with broker.start(port=0, ephemeral=True) as kafka, tempfile.TemporaryDirectory() as folder:
        server, names = kafka.bootstrap_servers, settings.topics
        address = ["--bootstrap-servers", server, *extra]
        must("topics", "create", "--partitions", str(partitions), *address)
        old = islice(blocks, history // BLOCK)
        with Traffic(server, names, old, rate=AT_ONCE, probe_seconds=math.inf) as filling:
            filling.join()
        with workers(count, Path(folder), address) as running:
            begun = time.monotonic()
            wait(server, settings, _TIMEOUT)
            most = filling.sent / (time.monotonic() - begun)
            print(f"{filling.sent:,} events of history, {count} workers: {most:,.0f} events/s")
            wanted, before = rate or share * most, sum(worker.cpu for worker in running)
            new = islice(blocks, math.ceil(wanted * seconds / BLOCK))
            with Traffic(
                server, names, new, rate=wanted, probe_seconds=seconds / PROBES
            ) as traffic:
                traffic.join()
            used = sum(worker.cpu for worker in running) - before
    print(
        f"{traffic.sent:,} events at {wanted:,.0f} a second, {used / traffic.sent * 1e6:,.0f} µs "
        f"of CPU each\n"
        f"event to alert: {described([each.seconds for each in traffic.arrivals])}, "
        f"of {traffic.probes} probes"
    )


if __name__ == "__main__":
    typer.run(main)
