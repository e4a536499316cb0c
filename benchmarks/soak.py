"""`make soak`: does a worker stay as it is, hour after hour?

Feeds plain load at a steady rate to an embedded Kafka and real workers with every detector, and
looks at them all the while: memory, lag, keys with state, what checkpoints write, and how long an
event takes to become an alert. Event time runs much faster than the clock and the products and
accounts are always the same ones, so that what expires does and the rest is soon complete: the
state has its full size well before half-time, and memory that still grows after that is a leak.
At the end the cases must be those of a replay of the topics.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.chart import Line, Panel, chart
from benchmarks.fleet import Worker, dump, must, starwatch, wait, workers
from benchmarks.load import Load
from benchmarks.steady import BLOCK, Arrival, Traffic, described
from pipeline import broker
from pipeline.config import read

FLAT = 0.05
"""Memory is flat where its straight line over the second half rises by less than this share."""
POPULATION_SHARE = 3
"""The load's products and accounts are those of a load this much smaller."""
ROWS = 15
"""Of the table."""
_SETTLE_SECONDS = 600


@dataclass(frozen=True)
class Sample:
    """The workers at one moment."""

    at: float
    """Seconds since the start."""
    memory: list[int]
    """Resident bytes of each worker."""
    cpu: float
    """Seconds of CPU of all workers since their start."""
    events: float
    """Event records taken since their start."""
    lag: float
    """Records."""
    keys: float
    """Keys with state."""
    written: float
    """Bytes that checkpoints have written since their start."""
    latencies: list[float]
    """Seconds, of the probes that became alerts since the sample before."""
    reached: str
    """Event time."""


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long.")] = 30,
    rate: Annotated[float, typer.Option(min=1, help="Events a second.")] = 500,
    days: Annotated[float, typer.Option(min=1, help="Days of event time they span.")] = 1_500,
    count: Annotated[int, typer.Option("--workers", min=1)] = 2,
    partitions: Annotated[int, typer.Option(min=1)] = 4,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5,
    probe: Annotated[float, typer.Option(help="Seconds between two probes for latency.")] = 2,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    plot: Annotated[Path, typer.Option(help="Where the curves go (SVG).")] = Path("soak.svg"),
) -> None:
    """Run steady load and look for what grows. Exit status 1 where memory does, or cases differ.

    \b
    Examples:
      python -m benchmarks.soak
      python -m benchmarks.soak --minutes 2 --rate 800 --workers 1
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    settings = read(config)
    events = round(rate * minutes * 60)
    start = datetime.now(UTC).replace(hour=0, minute=0) - timedelta(days=days + 1)
    load = Load(events, days, seed=1, start=start, population=events // POPULATION_SHARE)
    with broker.start(port=0, ephemeral=True) as kafka, tempfile.TemporaryDirectory() as scratch:
        folder, server = Path(scratch), kafka.bootstrap_servers
        options = ["--config", str(config)] if config else []
        address = ["--bootstrap-servers", server, *options]
        must("topics", "create", "--partitions", str(partitions), *address)
        with workers(count, folder, address) as running:
            wait(server, settings, _SETTLE_SECONDS)
            traffic = Traffic(
                server, settings.topics, load.blocks(BLOCK), rate=rate, probe_seconds=probe
            )
            with traffic:
                samples = _look(running, traffic, events, every)
            if traffic.sent < events:
                raise SystemExit(f"only {traffic.sent:,} of {events:,} events could be sent")
            wait(server, settings, _SETTLE_SECONDS)
        plot.write_text(_drawn(samples), encoding="utf-8")
        is_well = _tell(samples, traffic)
        topics = dump(server, settings.topics, folder / "topics")
        replayed, live = folder / "replayed.jsonl", folder / "live.jsonl"
        must("replay", *map(str, topics), "--alerts", str(replayed), *options)
        must("alerts", "export", "--output", str(live), *address)
        is_same = starwatch("diff", str(replayed), str(live)) == 0
    print("cases: " + ("those of a replay" if is_same else "NOT those of a replay"))
    raise SystemExit(0 if is_well and is_same else 1)


def _look(running: list[Worker], traffic: Traffic, events: int, every: float) -> list[Sample]:
    samples: list[Sample] = []
    begun, seen = time.monotonic(), 0
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("soaking", total=events)
        while traffic.is_on:
            time.sleep(every)
            arrivals = traffic.arrivals[seen:]
            seen += len(arrivals)
            try:
                samples.append(_sample(running, traffic, time.monotonic() - begun, arrivals))
            except OSError as error:  # where a worker is too busy to answer, look again
                bar.console.print(f"no sample after {time.monotonic() - begun:.0f} s: {error}")
            bar.update(task, completed=traffic.sent)
    return samples


def _sample(running: list[Worker], traffic: Traffic, at: float, arrivals: list[Arrival]) -> Sample:
    told = [worker.metrics() for worker in running]

    def total(metric: str) -> float:
        return float(sum(each[metric] for each in told))

    return Sample(
        at,
        [worker.memory for worker in running],
        sum(worker.cpu for worker in running),
        total("starwatch_events_total"),
        total("starwatch_lag_records"),
        total("starwatch_state_keys"),
        total("starwatch_checkpoint_bytes_total"),
        [arrival.seconds for arrival in arrivals],
        traffic.reached,
    )


# -- what is told ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """A straight line through the second half of a series, by least squares."""

    mean: float
    rise: float
    """From the beginning of the half to its end."""

    @property
    def is_flat(self) -> bool:
        """Whether it rises by less than the bound."""
        return self.rise < FLAT * self.mean


def trend(times: list[float], values: list[float]) -> Trend:
    """The trend of a series of two values or more; times in any unit."""
    first = min(len(times) // 2, len(times) - 2)
    at, of = np.array(times[first:]), np.array(values[first:])
    slope, _ = np.polyfit(at, of, 1)
    return Trend(float(of.mean()), float(slope * (at[-1] - at[0])))


def _tell(samples: list[Sample], traffic: Traffic) -> bool:
    """Print what there is to know; whether memory is flat, and every probe became an alert."""
    console = Console()
    console.print(_table(samples))
    took = [arrival.seconds for arrival in traffic.arrivals]
    last = samples[-1]
    console.print(
        f"{traffic.sent:,} events in {last.at:,.0f} s, event time to {last.reached[:10]}; "
        f"{last.cpu / last.events * 1e6:.0f} µs of CPU an event\n"
        f"event to alert: {described(took)}, of {traffic.probes} probes"
    )
    times = [sample.at for sample in samples]
    flat = True
    for number in range(len(last.memory)):
        found = trend(times, [sample.memory[number] for sample in samples])
        flat = flat and found.is_flat
        console.print(
            f"memory of worker {number}, second half: {found.mean / 2**20:.0f} MiB, "
            f"{found.rise / 2**20:+.1f} MiB ({found.rise / found.mean:+.1%}): "
            + ("flat" if found.is_flat else f"NOT flat (bound {FLAT:.0%})")
        )
    keys = trend(times, [sample.keys for sample in samples])
    console.print(f"keys, second half: {keys.mean:,.0f}, {keys.rise:+,.0f}")
    return flat and len(took) == traffic.probes


def _table(samples: list[Sample]) -> Table:
    table = Table(title="Soak")
    memory = [f"worker {n} MiB" for n in range(len(samples[0].memory))]
    for name in ("minute", "event time", *memory, "CPU", "lag", "keys", "state B/event",
                 "p50 s", "p99 s"):  # fmt: skip
        table.add_column(name, justify="right")
    step = -(-len(samples) // ROWS)
    before = Sample(0.0, [], 0.0, 0.0, 0.0, 0.0, 0.0, [], "")
    for begin in range(0, len(samples), step):
        part = samples[begin : begin + step]
        last = part[-1]
        took = [seconds for sample in part for seconds in sample.latencies]
        p50, p99 = (f"{np.percentile(took, q):.2f}" if took else "" for q in (50, 99))
        table.add_row(
            f"{last.at / 60:.1f}",
            last.reached[:10],
            *(f"{of / 2**20:.0f}" for of in last.memory),
            f"{(last.cpu - before.cpu) / (last.at - before.at):.0%}",
            f"{last.lag:,.0f}",
            f"{last.keys:,.0f}",
            f"{(last.written - before.written) / max(last.events - before.events, 1):,.0f}",
            p50,
            p99,
        )
        before = last
    return table


def _drawn(samples: list[Sample]) -> str:
    minutes = [sample.at / 60 for sample in samples]

    def line(name: str, values: list[float]) -> Line:
        return Line(name, minutes, values)

    latest = [(sample.at / 60, sample.latencies) for sample in samples if sample.latencies]
    return chart(
        "Soak",
        "minutes",
        [
            Panel(
                "resident memory, MiB",
                [
                    line(f"worker {n}", [sample.memory[n] / 2**20 for sample in samples])
                    for n in range(len(samples[0].memory))
                ],
            ),
            Panel("keys with state", [line("keys", [sample.keys for sample in samples])]),
            Panel("lag, records", [line("lag", [sample.lag for sample in samples])]),
            Panel(
                "event to alert, s",
                [Line("longest", [at for at, _ in latest], [max(took) for _, took in latest])],
            ),
        ],
    )


if __name__ == "__main__":
    typer.run(main)
