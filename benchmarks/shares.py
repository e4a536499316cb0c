"""Whose work it is: the CPU time of each detector's folds and judges in a replay.

`python -m benchmarks.shares WORLD` reads a CPU clock around every fold and judge of one replay, so
that each microsecond has an owner: a detector, or the engine, which decodes, admits, joins, chooses
what to judge, and makes cases. A fold that several detectors need is divided evenly among them.
What folds of several read of an event once (a message, a sketch of a review's words) is charged to
the first that asks for it. Reading the clocks is work too: it counts as the engine's, so the
shares of detectors are rather too low than too high.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from detectors.registry import DETECTORS
from pipeline import replay as replaying
from pipeline.config import Config
from pipeline.files import Merge, find
from pipeline.topology import Topology
from schemas.events import micros


class Share(msgspec.Struct, frozen=True):
    """CPU microseconds an event. `owner` is a detector, or empty for the engine."""

    owner: str
    folds: float
    judges: float

    @property
    def total(self) -> float:
        """Both."""
        return self.folds + self.judges


class Shares(msgspec.Struct, frozen=True):
    """What one replay cost, by owner, the dearest first."""

    events: int
    cpu: float
    """Microseconds an event, all in all."""
    of: tuple[Share, ...]


def _nothing() -> dict[str, float]:
    return dict.fromkeys((kind.name for kind in DETECTORS), 0.0)


@dataclass
class Meter:
    """CPU nanoseconds by detector."""

    folds: dict[str, float] = field(default_factory=_nothing)
    judges: dict[str, float] = field(default_factory=_nothing)

    def attach(self, topology: Topology) -> Topology:
        """The same topology, each fold and judge timed."""
        for fold in {id(f): f for folds in topology.folds_of.values() for f in folds}.values():
            fold.update = _timed(fold.update, self.folds, sorted(fold.owners))
        for name, layout in topology.layouts.items():
            judges = tuple(
                replace(judge, call=_timed(judge.call, self.judges, [judge.name.split(".")[0]]))
                for judge in layout.judges
            )
            topology.layouts[name] = replace(layout, judges=judges)
        return topology


def _timed(
    call: Callable[..., Iterable[Any]], spent: dict[str, float], owners: list[str]
) -> Callable[..., list[Any]]:
    clock = time.thread_time_ns

    def timed(*arguments: Any) -> list[Any]:
        begun = clock()
        try:
            return list(call(*arguments))
        finally:
            each = (clock() - begun) / len(owners)
            for owner in owners:
                spent[owner] += each

    return timed


def measure(world: Path, config: Config) -> Shares:
    """Replay a world's event files and tell whose work it was."""
    meter = Meter()

    class Metered(Config, frozen=True):
        """The configuration, with a topology that is timed."""

        def topology(self) -> Topology:
            return meter.attach(super().topology())

    report = replaying.Report()
    begun = time.process_time()
    metered = Metered(**{f: getattr(config, f) for f in config.__struct_fields__})
    for _ in replaying.replay(
        Merge(find([world])),
        metered,
        present=micros(datetime.now(UTC)),
        report=report,
        refused=lambda _: None,
        progress=lambda: None,
    ):
        pass
    cpu = (time.process_time() - begun) * 1e6 / report.lines
    scale = 1e3 * report.lines
    found = [
        Share(kind.name, meter.folds[kind.name] / scale, meter.judges[kind.name] / scale)
        for kind in DETECTORS
    ]
    engine = Share("", 0.0, cpu - sum(share.total for share in found))
    found.sort(key=lambda share: -share.total)
    return Shares(report.lines, cpu, (*found, engine))


def main(
    world: Annotated[Path, typer.Argument(help="Folder of event files.")],
) -> None:
    """Write the shares as JSON to standard output."""
    gc.set_threshold(200_000, 50, 100)  # as `starwatch replay` does
    sys.stdout.buffer.write(msgspec.json.encode(measure(world, Config())) + b"\n")


if __name__ == "__main__":
    typer.run(main)
