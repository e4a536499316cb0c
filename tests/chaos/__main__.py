"""The long run of the chaos suite: `make chaos`, or `python -m tests.chaos --help`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import broker
from tests.chaos.faults import FAULTS, Fault, Size, run
from tests.chaos.scene import Count


@dataclass
class Line:
    """A line of the table."""

    runs: int = 0
    failed: int = 0
    events: int = 0
    lost: int = 0
    twice: int = 0
    differing: int = 0
    peak_mb: int = 0

    def add(self, count: Count) -> None:
        self.events += count.events
        self.lost += count.lost
        self.twice += count.twice
        self.differing += count.differing
        self.peak_mb = max(self.peak_mb, count.peak_mb)

    @property
    def is_clean(self) -> bool:
        return not (self.failed or self.lost or self.twice or self.differing)


def table(lines: dict[str, Line]) -> str:
    """Markdown."""
    found = [
        "| fault | runs | events | lost | twice | cases that differ | runs that failed "
        "| most memory of a worker |",
        "|---|---|---|---|---|---|---|---|",
    ]
    found += [
        f"| {name} | {n.runs} | {n.events:,} | {n.lost} | {n.twice} | {n.differing} | {n.failed} "
        f"| {n.peak_mb} MB |"
        for name, n in lines.items()
        if n.runs
    ]
    return "\n".join(found) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each fault")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--minutes", type=float, default=600, help="begin no run after that")
    parser.add_argument("--fault", action="append", help="only faults with this in their name")
    parser.add_argument("--events", type=int, default=20_000, help="events in a run")
    parser.add_argument("--seconds", type=float, default=12, help="how long a run's load lasts")
    parser.add_argument("--output", type=Path, help="a file for the table, too")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    faults = [f for f in FAULTS if not given.fault or any(n in f.name for n in given.fault)]
    size = Size(given.events, given.seconds)
    lines = {fault.name: Line() for fault in faults}
    until = time.monotonic() + given.minutes * 60
    try:
        with broker.start(port=0, ephemeral=True) as kafka:
            for fault, seed in _schedule(faults, given.seed, given.seeds):
                if time.monotonic() > until:
                    break
                _once(fault, seed, size, kafka.bootstrap_servers, lines[fault.name])
    finally:  # also of a run that was broken off
        sys.stdout.write(table(lines))
        if given.output:
            given.output.write_text(table(lines), encoding="utf-8")
    return 0 if all(line.is_clean for line in lines.values()) else 1


def _schedule(faults: list[Fault], first: int, count: int) -> Iterator[tuple[Fault, str]]:
    for seed in range(first, first + count):
        for fault in faults:
            yield fault, str(seed)


def _once(fault: Fault, seed: str, size: Size, kafka: str, line: Line) -> None:
    begun = time.monotonic()
    line.runs += 1
    try:
        count = run(fault, seed, size, kafka)
    except Exception:
        line.failed += 1
        traceback.print_exc()
        told = "FAILED"
    else:
        line.add(count)
        told = f"{count}" + ("" if count.is_clean else "  <-- DIFFERS")
    seconds = time.monotonic() - begun
    sys.stderr.write(f"{fault.name}, seed {seed}: {told} in {seconds:.0f} s\n")


if __name__ == "__main__":
    raise SystemExit(main())
