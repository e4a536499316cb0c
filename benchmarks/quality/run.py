"""One world through the pipeline, judged as a live worker judges: what has changed, once a day of
event time, so that every revision of a case is known and with it how soon it was opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec

from benchmarks.quality.worlds import Spec, build
from detectors.api import DAY, Finding, digest
from pipeline import files
from pipeline.config import Config
from pipeline.errors import StarwatchError
from pipeline.intake import Intake, SourceClock
from pipeline.runner import InProcess
from pipeline.scorer import (
    Context,
    MatchedWorld,
    Truth,
    match,
    read_alerts,
    read_context,
    read_truth,
)
from pipeline.topology import logic
from schemas.alerts import Alert

END_OF_TIME = 1 << 60
"""Microseconds; no event of a simulated world comes from the future."""


T = TypeVar("T")
_decode_findings = msgspec.msgpack.Decoder(list[Finding]).decode


@dataclass(frozen=True, slots=True)
class Judged:
    """A world with what every detector said of it in the end, also what is too weak for a case."""

    truth: Truth
    context: Context
    findings: Sequence[Finding]


class UnfitWorldError(StarwatchError):
    """The pipeline refused events, or a judgement failed: figures would say nothing."""


def produce(spec: Spec, shelf: Path, config: Config) -> Path:
    """Make a world, if it is not there yet, and write every revision of its alerts beside it.
    Returns the world's folder."""
    world = build(spec, shelf)
    _, revisions = _run(world, config, eager=True)
    _alerts(world).write_bytes(msgspec.json.Encoder().encode_lines(revisions))
    return world


def everywhere(work: Callable[[Spec], T], specs: Sequence[Spec], workers: int) -> Iterator[T]:
    """The work on each world, in order, several of them at a time."""
    jobs = min(workers, len(specs))
    if jobs == 1:
        yield from map(work, specs)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            yield from pool.map(work, specs)


def judge(spec: Spec, shelf: Path, config: Config) -> Judged:
    """Make a world, if it is not there yet, and run every detector over it."""
    world = build(spec, shelf)
    return Judged(read_truth(world), read_context(world), _held(world, config))


def _held(world: Path, config: Config) -> list[Finding]:
    """The findings; kept beside the world as long as detectors and settings stay as they are."""
    mark = digest(*map(logic, config.enabled()))
    kept = world / f"findings-{mark}.msgpack"
    if kept.exists():
        return _decode_findings(kept.read_bytes())
    runner, _ = _run(world, config, eager=False)
    findings = runner.cases.findings()
    kept.write_bytes(msgspec.msgpack.encode(findings))
    return findings


def matched(world: Path) -> MatchedWorld:
    """A world that was produced, with every alert booked."""
    return match(read_truth(world), read_alerts(_alerts(world)), read_context(world))


def _alerts(world: Path) -> Path:
    return world / "alerts.jsonl"


def _run(world: Path, config: Config, *, eager: bool) -> tuple[InProcess, list[Alert]]:
    topology = config.topology()
    runner = InProcess(topology, config.cases, eager=eager)
    intake = Intake(topology, config.intake)
    clocks: defaultdict[files.EventFile, SourceClock] = defaultdict(SourceClock)
    lines = files.Merge(files.find([world]))
    revisions: list[Alert] = []
    ticked: int | None = None
    for line in lines:
        clock = clocks[line.file]
        lowest = clock.newest  # the lines come from the file that is furthest behind
        taken = intake.take(line.raw, clock, END_OF_TIME)
        if taken.event is None:
            reasons = ", ".join(refusal.message for refusal in taken.refusals)
            raise UnfitWorldError(f"{line.file.path}, line {line.number}: refused: {reasons}")
        lines.admitted(taken.ts)
        runner.join(taken.deltas)
        if lowest is not None and (ticked is None or lowest >= ticked + DAY):
            ticked = lowest
            revisions += runner.tick(lowest - intake.lateness)
    revisions += runner.finish()
    if runner.failures:
        raise UnfitWorldError(f"{world}: judgements raised: {dict(runner.failures)}")
    return runner, revisions
