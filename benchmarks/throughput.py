"""`make bench`: how fast events go through, in replay and live.

Replays YelpNYC (where `STARWATCH_DATA` names the folder of public data sets), a simulated world of
about a million events, and generated load over every event type, each in a process of its own on
one core; tells whose work the replay of the simulated world was (`benchmarks.shares`); then runs
the generated load through Kafka and a live worker (`benchmarks.live`). The simulated world is made
once and kept. CPU time an event is what other load on the machine disturbs least.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.quality.worlds import Spec, build, shelf
from benchmarks.shares import Shares
from detectors.registry import DETECTORS
from pipeline import files

FIRST = ("review_clusters", "seller_graph", "vote_bursts")
"""The detectors that see something in reviews and votes alone, which the target is set for."""
WORLD = Spec(seed=1, scale=6.6, phrasing="build")
"""About a million events in 180 days."""
STARWATCH = [sys.executable, "-m", "pipeline.cli"]


@dataclass(frozen=True)
class Measured:
    """One replay: wall and CPU time in seconds, peak memory in MiB."""

    name: str
    events: int
    seconds: float
    cpu: float
    peak: float


def main(
    events: Annotated[int, typer.Option(help="Events of generated load.")] = 300_000,
    days: Annotated[float, typer.Option(help="Days that they span.")] = 90,
    world: Annotated[bool, typer.Option(help="Replay the simulated world too.")] = True,
    live: Annotated[bool, typer.Option(help="Measure the live worker too.")] = True,
    out: Annotated[Path, typer.Option(help="Where the simulated world is kept.")] = Path("out"),
) -> None:
    """Measure replay and live, and print a table."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="starwatch-bench-") as scratch:
        folder = Path(scratch)
        load = folder / "load"
        _python("-m", "benchmarks.load", "--events", events, "--days", days, "--out", load)
        measured = [_replay("generated load, all event types", load, folder)]
        if "STARWATCH_DATA" in os.environ:
            _python("-m", "benchmarks.datasets", folder / "real", "--only", "yelp_nyc")
            yelp = folder / "real" / "yelp_nyc"
            measured = [
                _replay(f"YelpNYC reviews, {', '.join(FIRST)}", yelp, folder, only=FIRST),
                _replay("YelpNYC reviews", yelp, folder),
                *measured,
            ]
        else:
            console.print("YelpNYC is left out: STARWATCH_DATA names no folder of data sets.")
        if world:
            simulated = _simulated(out)
            measured.append(_replay("simulated world, a million events", simulated, folder))
        console.print(_table(measured))
        if world:
            console.print(_shares(simulated))
        if live:
            console.print("Live, from Kafka through every stage to alerts:")
            subprocess.run([sys.executable, "-m", "benchmarks.live", str(load)], check=True)


def _simulated(out: Path) -> Path:
    """The folder of the simulated world, made at the first run."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("simulating", total=None)
        return build(WORLD, shelf(out), lambda n, of: bar.update(task, completed=n, total=of))


def _shares(world: Path) -> Table:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.shares", str(world)], check=True, stdout=subprocess.PIPE
    )
    shares = msgspec.json.decode(told.stdout, type=Shares)
    table = Table(title="Share of the cost by detector, CPU µs/event in the simulated world")
    for column in ("detector", "folds", "judges", "both", "share"):
        table.add_column(column, justify="left" if column == "detector" else "right")
    for share in shares.of:
        parts = (f"{share.folds:.1f}", f"{share.judges:.1f}") if share.owner else ("", "")
        table.add_row(
            share.owner or "engine, and reading the clocks",
            *parts,
            f"{share.total:.1f}",
            f"{share.total / shares.cpu:.1%}",
        )
    return table


def _python(*arguments: object) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], check=True)


def _replay(name: str, world: Path, folder: Path, only: Collection[str] = ()) -> Measured:
    settings = folder / "starwatch.toml"
    off = [kind.name for kind in DETECTORS if only and kind.name not in only]
    settings.write_text("".join(f"[detectors.{name}]\nenabled = false\n" for name in off))
    lines = sum(_lines(file.path) for file in files.find([world]))
    begun = time.monotonic()
    process = subprocess.Popen(
        [
            *(*STARWATCH, "replay", str(world), "--alerts", str(folder / "alerts.jsonl")),
            *("--config", str(settings)),
        ],
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the replay of {name} failed")
    seconds = time.monotonic() - begun
    return Measured(name, lines, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _lines(file: Path) -> int:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        return sum(1 for _ in stream)


def _table(measured: list[Measured]) -> Table:
    table = Table(title="Replay in one process, all detectors where none are named")
    for column in ("input", "events", "seconds", "events/s", "CPU µs/event", "peak MiB"):
        table.add_column(column, justify="left" if column == "input" else "right")
    for m in measured:
        table.add_row(
            m.name,
            f"{m.events:,}",
            f"{m.seconds:.1f}",
            f"{m.events / m.seconds:,.0f}",
            f"{m.cpu / m.events * 1e6:.1f}",
            f"{m.peak:,.0f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
