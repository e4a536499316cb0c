"""The live pipeline on a Kafka of its own: `python -m benchmarks.live WORLD --workers 2`.

Produces a world of event files, starts the workers, and measures from their start to lag 0: events
a second, and the workers' CPU time an event (which other load on the machine disturbs less). Then
one worker takes everything over, and tells how long the state takes to come back.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psutil
import typer

from pipeline import broker
from pipeline.config import Config, read
from pipeline.live.status import status

_PROFILE_RATE = "100"
_RESTORED = re.compile(r"restored ([\d,]+) sub-keys in ([\d.]+) s")


def main(
    world: Annotated[Path, typer.Argument(help="Folder of event files.")],
    workers: Annotated[int, typer.Option(min=1)] = 1,
    partitions: Annotated[int, typer.Option(min=1)] = 4,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Where py-spy writes the first worker's stacks.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds until lag 0.")] = 600,
) -> None:
    """Measure."""
    settings = read(config)
    extra = ["--config", str(config)] if config else []
    with broker.start(port=0, ephemeral=True) as kafka, tempfile.TemporaryDirectory() as folder:
        address = ["--bootstrap-servers", kafka.bootstrap_servers, *extra]
        _starwatch("topics", "create", "--partitions", str(partitions), *address)
        _starwatch("produce", str(world), *address)
        events = status(kafka.bootstrap_servers, settings.topics, settings.live).lag
        with _workers(workers, Path(folder), address) as running:
            begun = time.monotonic()
            if profile:
                _profile(running[0].pid, profile)
            _wait(kafka.bootstrap_servers, settings, timeout)
            seconds = time.monotonic() - begun
            used = [psutil.Process(worker.pid) for worker in running]
            cpu = sum(p.cpu_times().user + p.cpu_times().system for p in used)
            memory = max(p.memory_info().rss for p in used) >> 20
            print(
                f"{events:,} events, {workers} workers, {partitions} partitions: "
                f"{events / seconds:,.0f} events/s, {cpu / events * 1e6:.0f} us of CPU an event "
                f"({events / cpu:,.0f} events/s and core), {memory} MiB"
            )
        with _workers(1, Path(folder), address):
            log = Path(folder) / "worker0.log"
            while len(restored := _RESTORED.findall(log.read_text())) < partitions:
                time.sleep(0.5)
        for count, seconds in restored:
            print(f"restored {count} sub-keys in {seconds} s, all lanes at once")


@contextmanager
def _workers(
    count: int, folder: Path, address: list[str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = []
    for number in range(count):
        with (folder / f"worker{number}.log").open("wb") as log:
            command = [sys.executable, "-m", "pipeline.cli", "worker", *address]
            running.append(subprocess.Popen(command, stderr=log))
    try:
        yield running
    finally:
        for worker in running:
            worker.send_signal(signal.SIGTERM)
        for worker in running:
            worker.wait(30)


def _wait(bootstrap_servers: str, settings: Config, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        found = status(bootstrap_servers, settings.topics, settings.live)
        if found.lag == 0 and found.workers:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"no lag 0 within {timeout:.0f} s: {found}")
        time.sleep(0.5)


def _profile(pid: int, output: Path) -> None:
    command = ["py-spy", "record", "--gil", "-r", _PROFILE_RATE, "-d", "600"]
    command += ["-f", "raw", "-o", str(output), "-p", str(pid)]
    subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _starwatch(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pipeline.cli", *arguments], check=True, env=os.environ)


if __name__ == "__main__":
    typer.run(main)
