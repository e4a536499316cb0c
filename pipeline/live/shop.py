"""What the lanes of a worker share."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline.intake import Intake
from pipeline.live.cold import InMemory, OnDisk, Records
from pipeline.live.crashes import CrashPoints
from pipeline.live.plan import Lane, Plan
from pipeline.live.reader import Reader

T = TypeVar("T")


@dataclass
class Tally:
    """What a worker has done since it started."""

    events: int = 0
    checkpoints: int = 0
    checkpoint_seconds: float = 0.0
    """What all checkpoints took, from judging to the commit."""
    checkpoint_bytes: int = 0
    restoring: dict[Lane, int] = field(default_factory=dict)
    """Records still to be read of the state of each lane that is being restored, by position."""
    restores: int = 0
    restored_sub_keys: int = 0
    restore_seconds: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    """Judgements that raised, by judge; findings that could not be shown, by detector."""
    letters: Counter[str] = field(default_factory=Counter)
    """Dead letters, by reason."""
    errors: Counter[str] = field(default_factory=Counter)
    """Events on which a detector raised, by detector."""
    findings: Counter[str] = field(default_factory=Counter)
    """Accusing findings said, new or changed, by clause."""
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Revisions of cases, by clause and status."""


@dataclass(frozen=True)
class Workshop:
    """The plan, the ways to Kafka, and one thread for work."""

    plan: Plan
    bootstrap_servers: list[str]
    reader: Reader
    intake: Intake
    executor: Executor
    lag: Callable[[], int]
    """The group's lag (for a thread: this takes a while)."""
    folder: Path
    """The worker's own, deleted at its end."""
    crashes: CrashPoints = field(default_factory=CrashPoints)
    tally: Tally = field(default_factory=Tally)

    def records(self, lane: Lane) -> Records:
        """Where a lane's state is to be kept; to be closed. Raises `OSError` where it cannot be."""
        on_disk = self.plan.live.state == "disk" and self.plan.is_keyed(lane)
        return OnDisk(self.folder) if on_disk else InMemory()

    async def do(self, job: Callable[..., T], *arguments: object) -> T:
        """Run a job in the thread for work."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, job, *arguments)
