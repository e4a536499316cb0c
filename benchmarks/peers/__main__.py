"""Starwatch beside other stream engines, at the same job: `make bench-peers`.

The job: decode review events (JSON, 290 bytes) from a Kafka of its own, count and sum the ratings
of each product, keep the totals durable, and have them exact at the end. Every engine reads the
same prepared topics of 4 partitions, keyed by product; it has one process and one core, the broker
has the others. Each round runs every engine, one after the other, on few events and on many: the
figures are of the difference, so that starts and ends do not count.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from benchmarks.peers.engines import ENGINES, Engine, Run
from benchmarks.peers.environments import AbsentError
from benchmarks.peers.measure import FailedError, Usage, measure
from benchmarks.peers.table import Outcome, figures, render
from benchmarks.peers.topics import Totals, differences, prepare
from pipeline import broker
from pipeline.errors import StarwatchError

_FEW = 10
"""The few events are this part of the many (1/10)."""
_INTERRUPTED = 130

EXAMPLES = """\b
Examples:
  make bench-peers
  make bench-peers ARGS="--rounds 1 --events 100000"
  make bench-peers ARGS="--only pathway --only 'kafka streams' --output peers.md"
"""


class Bench:
    """The broker, the topics and what was found so far."""

    def __init__(
        self, kafka: broker.Broker, folder: Path, core: int | None, timeout: float
    ) -> None:
        self._kafka = kafka
        self._folder = folder
        self._core = core
        self._timeout = timeout
        self._truths: dict[int, Totals] = {}
        self._runs = 0

    def truth(self, count: int) -> Totals:
        """The totals of the topic with that many events, which is made when it is first needed."""
        if count not in self._truths:
            say(f"producing {count:,} events")
            self._truths[count] = prepare(self._kafka.bootstrap_servers, _topic(count), count)
        return self._truths[count]

    def round(self, number: int, engine: Engine, events: int, outcome: Outcome) -> None:
        """Measure an engine once more."""
        many = events // engine.share
        few = many // _FEW
        try:
            usages = [self._run(engine, count, outcome) for count in (few, many)]
        except (FailedError, StarwatchError) as error:
            outcome.trouble = f"round {number}: {error}"
            say(f"  {engine.name}: {error}")
            return
        found = outcome.figures[number] = figures(usages[0], usages[1], many - few)
        say(f"  {engine.name}: {found.rate:,.0f} events/s, {found.cpu:.1f} µs of CPU an event")

    def _run(self, engine: Engine, count: int, outcome: Outcome) -> Usage:
        truth = self.truth(count)
        self._runs += 1
        folder = self._folder / f"run{self._runs}"
        folder.mkdir()
        servers, name = self._kafka.bootstrap_servers, f"run{self._runs}"
        run = Run(servers, _topic(count), count, name, folder)
        usage = measure(engine, run, psutil.Process(self._kafka.pid), self._core, self._timeout)
        totals = engine.totals(run)
        if totals is None:
            outcome.is_checked = False
        else:
            outcome.wrong = max(outcome.wrong, differences(totals, truth))
        return usage


def main(
    events: Annotated[int, typer.Option(min=1_000, help="In the large topic.")] = 300_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each engine is measured.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(help="Part of a name: these beside Starwatch alone.")
    ] = None,
    pin: Annotated[bool, typer.Option(help="Give engines one core and the broker others.")] = True,
    timeout: Annotated[float, typer.Option(help="Seconds that a run may take.")] = 300,
    output: Annotated[Path | None, typer.Option(help="Where the table is written too.")] = None,
) -> None:
    """Measure Starwatch and other stream engines at the same job, and print a Markdown table."""
    signal.signal(signal.SIGTERM, _interrupt)
    first, *others = ENGINES
    engines = [first, *(e for e in others if _is_meant(e, only or [""]))]
    if only and len(engines) == 1:
        known = ", ".join(engine.name for engine in others)
        raise typer.BadParameter(f"no engine of that name; beside {first.name} known: {known}")
    outcomes = {e.name: Outcome(e.name, e.guarantee, e.settings) for e in engines}
    present = [e for e in engines if _is_there(e, outcomes[e.name])]
    cores = sorted(os.sched_getaffinity(0))
    core = cores[-1] if pin and len(cores) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(cores[:-1]))
    is_whole = _rounds(present, outcomes, events, rounds, core, timeout)
    table = render(list(outcomes.values()))
    settings = "\n".join(f"- {e.name}: {e.settings}" for e in engines)
    text = f"{table}\n\nSet beside defaults:\n\n{settings}\n"
    print(text, end="")
    if output:
        output.write_text(text, encoding="utf-8")
    if not is_whole:
        raise typer.Exit(_INTERRUPTED)


def _rounds(
    engines: list[Engine],
    outcomes: dict[str, Outcome],
    events: int,
    rounds: int,
    core: int | None,
    timeout: float,
) -> bool:
    """Measure until all is done, or until Ctrl-C or SIGTERM; whether it was all."""
    try:
        with (
            broker.start(port=0, ephemeral=True) as kafka,
            tempfile.TemporaryDirectory(prefix="starwatch-peers-") as folder,
        ):
            bench = Bench(kafka, Path(folder), core, timeout)
            for number in range(1, rounds + 1):
                say(f"round {number} of {rounds}, load average {os.getloadavg()[0]:.1f}")
                for engine in engines:
                    bench.round(number, engine, events, outcomes[engine.name])
    except KeyboardInterrupt:
        say("interrupted; what was measured so far:")
        return False
    return True


def _is_there(engine: Engine, outcome: Outcome) -> bool:
    say(f"{engine.name}: setting up")
    try:
        engine.prepare()
    except AbsentError as error:
        outcome.trouble = f"absent: {error}"
        say(f"  absent: {error}")
        return False
    return True


def _topic(count: int) -> str:
    return f"reviews-{count}"


def _is_meant(engine: Engine, only: list[str]) -> bool:
    return any(part.lower() in engine.name.lower() for part in only)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Progress, for people."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(epilog=EXAMPLES)(main)
    app()
