"""Replay: event files through the whole pipeline in one process.

A file's order is its order of arrival, so that what was late live is late here. Memory follows the
state that detectors keep, not the size of the input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from detectors.api import DAY
from detectors.suspicion import Suspicion
from detectors.suspicion.tables import AS_OF_THE_END
from pipeline.config import Config
from pipeline.courses import AsOf, Course, Straight
from pipeline.files import EventFile, Line
from pipeline.intake import Intake, SourceClock
from pipeline.runner import InProcess
from pipeline.scores import UNSCORED, ScoreBook
from pipeline.topology import Topology
from schemas.alerts import Alert
from schemas.dead_letters import DeadLetter, FileSource, dead_letter

TICK = DAY
"""How far the watermark moves between two rounds of the topology (event time)."""
PROGRESS_LINES = 2_000


class Lines(Protocol):
    """Where lines come from: `pipeline.files.Merge` or `pipeline.sorting.Sorted`."""

    def __iter__(self) -> Iterator[Line]: ...

    def admitted(self, ts: int) -> None:
        """Hear of the event time of the line given last."""
        ...


@dataclass
class Report:
    """What a replay did so far."""

    lines: int = 0
    admitted: int = 0
    position: int | None = None
    """Newest admitted event time (microseconds)."""
    refused: Counter[str] = field(default_factory=Counter)
    """Dead letters by reason."""
    failures: Counter[str] = field(default_factory=Counter)
    """Judgements that raised, by judge."""
    cases: int = 0


@dataclass(frozen=True)
class Scoring:
    """That reviews are to be scored, into which book and as of which moments."""

    book: ScoreBook

    @property
    def as_of(self) -> bool:
        """Whether what came after that moment is to be left out."""
        return self.book.after < AS_OF_THE_END

    def course(self, runner: InProcess, config: Config) -> Course:
        """How the replay takes events."""
        if self.as_of:
            running = [d for d in config.enabled() if d.name not in UNSCORED]
            counting = Topology(running, config.allow)
            return AsOf(runner, InProcess(counting, config.cases, eager=True), self.book)
        return Straight(runner, self.book)


def replay(
    lines: Lines,
    config: Config,
    *,
    present: int,
    report: Report,
    refused: Callable[[DeadLetter], None],
    progress: Callable[[], None],
    scoring: Scoring | None = None,
) -> Iterator[Alert]:
    """The latest revision of every case, sorted by case id.

    `present` (microseconds) is the moment after which events come from the future; `refused` gets
    each dead letter as it is met; `progress` is called now and then. The book of `scoring` is
    complete when the first case is given.
    """
    if scoring is None:
        topology = config.topology()
        runner = InProcess(topology, config.cases)
        course: Course = Straight(runner)
    else:
        suspicion = Suspicion(after=scoring.book.after)
        topology = Topology([*config.enabled(), suspicion], config.allow)
        runner = InProcess(topology, config.cases)
        course = scoring.course(runner, config)
    intake = Intake(topology, config.intake)
    clocks: dict[EventFile, SourceClock] = {}
    ticked = None
    for line in lines:
        clock = clocks.get(line.file)
        if clock is None:
            clock = clocks[line.file] = SourceClock()
        # The lines come from the file that is furthest behind: its clock is the lowest.
        lowest = clock.newest
        taken = intake.take(line.raw, clock, present)
        if taken.event is not None:
            lines.admitted(taken.ts)
            course.take(taken)
            report.admitted += 1
            if report.position is None or taken.ts > report.position:
                report.position = taken.ts
        for refusal in taken.refusals:
            report.refused[refusal.reason] += 1
            source = FileSource(file=line.file.path.name, line=line.number)
            refused(dead_letter(source, refusal, line.raw, line.length))
        report.lines += 1
        if lowest is not None and (ticked is None or lowest >= ticked + TICK):
            ticked = lowest
            course.tick(lowest - intake.lateness)
        if report.lines % PROGRESS_LINES == 0:
            progress()
    course.finish()
    report.failures = runner.failures
    progress()
    for alert in runner.cases.latest():
        report.cases += 1
        yield alert
