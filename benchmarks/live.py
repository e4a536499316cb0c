"""The live pipeline on a Kafka of its own: `python -m benchmarks.live WORLD --workers 2`.

Produces a world of event files, starts the workers, and measures from their start to lag 0: events
a second, and the workers' CPU time an event (which other load on the machine disturbs less). Then
one worker takes everything over, and tells how long the state takes to come back.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.fleet import must, wait, workers
from pipeline import broker
from pipeline.config import read
from pipeline.live.status import status

_PROFILE_RATE = "100"
_RESTORED = re.compile(r"restored ([\d,]+) sub-keys in ([\d.]+) s")


def main(
    world: Annotated[Path, typer.Argument(help="Folder of event files.")],
    count: Annotated[int, typer.Option("--workers", min=1)] = 1,
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
        must("topics", "create", "--partitions", str(partitions), *address)
        must("produce", str(world), *address)
        events = status(kafka.bootstrap_servers, settings.topics, settings.live).lag
        with workers(count, Path(folder), address) as running:
            begun = time.monotonic()
            if profile:
                _profile(running[0].process.pid, profile)
            wait(kafka.bootstrap_servers, settings, timeout)
            seconds = time.monotonic() - begun
            cpu = sum(worker.cpu for worker in running)
            memory = max(worker.memory for worker in running) >> 20
            print(
                f"{events:,} events, {count} workers, {partitions} partitions: "
                f"{events / seconds:,.0f} events/s, {cpu / events * 1e6:.0f} us of CPU an event "
                f"({events / cpu:,.0f} events/s and core), {memory} MiB"
            )
        with workers(1, Path(folder), address) as (alone,):
            while len(restored := _RESTORED.findall(alone.log.read_text())) < partitions:
                time.sleep(0.5)
        for sub_keys, took in restored:
            print(f"restored {sub_keys} sub-keys in {took} s, all lanes at once")


def _profile(pid: int, output: Path) -> None:
    command = ["py-spy", "record", "--gil", "-r", _PROFILE_RATE, "-d", "600"]
    command += ["-f", "raw", "-o", str(output), "-p", str(pid)]
    subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    typer.run(main)
