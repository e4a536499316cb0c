"""One lane of a worker: opens, reads, works, makes checkpoints, and starts again after an error.

A lane is one task, so that nothing in it needs a lock. Work runs in the worker's thread for work,
so that the event loop and the heartbeat stay free however long a judgement takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import traceback
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aiokafka.errors import KafkaError, ProducerFenced

from pipeline.live.changelog import StateError
from pipeline.live.ledger import Batches, Ledger
from pipeline.live.plan import Lane, Slot
from pipeline.live.reader import Chunk
from pipeline.live.restore import restore
from pipeline.live.shop import Workshop
from pipeline.live.upkeep import Upkeep
from pipeline.live.work import Checkpoint, Work

log = logging.getLogger("starwatch.worker")

_BACKLOG_BYTES = 16 << 20
_RETRY_SECONDS = 1.0
_RETRY_MOST_SECONDS = 30.0
_LOOK_SECONDS = 5.0
_JUDGE_SECONDS = 2.0
"""How long a checkpoint judges before the rest is left to the next one."""


@dataclass(frozen=True)
class Health:
    """How a lane is."""

    is_serving: bool
    """Whether its state is there."""
    waited: float
    """Seconds since something became durable, 0 where there is nothing to do."""
    lags: dict[str, int]
    """Records that are there to be read, by topic, as far as the lane knows."""
    keys: int
    unjudged: int
    newest: dict[str, int] = field(default_factory=dict)
    """Newest admitted event time of each event topic (microseconds)."""


class LaneRunner:
    """Runs one lane from its assignment until it is closed."""

    def __init__(self, lane: Lane, shop: Workshop) -> None:
        self.lane = lane
        self._shop = shop
        self._slots = shop.plan.slots_of(lane)
        self._backlog: deque[Chunk] = deque()
        self._ends: dict[Slot, int] = {}
        self._woken = asyncio.Event()
        self._must_open = True
        self._halted = False
        self._is_judging = False
        self._saved = self._judged = 0.0
        self._progressed = time.monotonic()
        self._work: Work | None = None
        self._rests = asyncio.Event()
        self._rests.set()
        self._task = asyncio.create_task(self._run(), name=f"lane {lane}")

    # -- from outside ----------------------------------------------------------------------------

    def deliver(self, chunk: Chunk) -> None:
        """Take a chunk in."""
        self._backlog.append(chunk)
        self._woken.set()
        if sum(chunk.size for chunk in self._backlog) >= _BACKLOG_BYTES:
            self._shop.reader.pause(self._slots)

    async def halt(self) -> None:
        """Make a last checkpoint and rest; return when that is done."""
        self._halted = True
        self._woken.set()
        await self._rests.wait()

    def resume(self) -> None:
        """Go on where the lane has come to."""
        self._halted, self._must_open = False, True
        self._woken.set()

    async def close(self) -> None:
        """End; what was not made durable is left to the next owner."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    # -- for people ------------------------------------------------------------------------------

    def health(self) -> Health:
        """How the lane is now."""
        work = self._work
        if work is None:
            return Health(False, time.monotonic() - self._progressed, {}, 0, 0)
        lags = {
            slot.topic: max(0, self._ends.get(slot, position) - position)
            for slot, position in work.positions.items()
        }
        is_at_rest = self._halted or not (work.unsaved or any(lags.values()))
        waited = 0.0 if is_at_rest else time.monotonic() - self._progressed
        return Health(True, waited, lags, work.keys, work.unjudged, dict(work.newest))

    # -- life ------------------------------------------------------------------------------------

    async def _run(self) -> None:
        failures = 0
        while True:
            begun = time.monotonic()
            error = await self._attempt()
            failures = failures + 1 if time.monotonic() - begun < _RETRY_MOST_SECONDS else 1
            await asyncio.sleep(self._pause(error, failures))

    async def _attempt(self) -> Exception:
        """Live until an error."""
        try:
            await self._live()
        except Exception as error:
            self._tell(error)
            return error
        finally:
            self._work = None
            self._shop.reader.close(self._slots)
            self._rests.set()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, ProducerFenced):
            log.warning("lane %s: another worker has taken over", self.lane)
        elif isinstance(error, StateError):
            log.error("lane %s: %s", self.lane, error)
        elif isinstance(error, KafkaError | OSError | TimeoutError):
            log.warning("lane %s: %s; starting again", self.lane, error or repr(error))
        else:
            log.error("lane %s: %s; starting again", self.lane, _where(error))

    def _pause(self, error: Exception, failures: int) -> float:
        """Seconds until the next attempt."""
        if isinstance(error, ProducerFenced):
            # A worker that no longer belongs to the group hears of it within two heartbeats, and
            # closes the lane; one that does belong takes it back.
            return self._shop.plan.live.session_seconds * 2 / 3
        return min(_RETRY_SECONDS * 2.0 ** (failures - 1), _RETRY_MOST_SECONDS)

    async def _live(self) -> NoReturn:
        passing = self._shop.crashes.passing
        ledger = Ledger(self._shop.bootstrap_servers, self._shop.plan, self.lane, passing)
        records = self._shop.records(self.lane)
        try:
            await ledger.open()
            passing("recovery.fenced")
            work = await restore(self._shop, self.lane, records)
            passing("recovery.done")
            self._must_open = True
            await self._serve(work, ledger)
        finally:
            with contextlib.suppress(KafkaError, TimeoutError):
                await ledger.close()
            await self._shop.do(records.close)  # behind whatever the thread is still at

    # -- serving ---------------------------------------------------------------------------------

    async def _serve(self, work: Work, ledger: Ledger) -> NoReturn:
        self._rests.clear()
        self._work = work
        self._saved = self._judged = self._progressed = time.monotonic()
        self._is_judging = work.unjudged > 0
        upkeep = Upkeep(self._shop, self.lane)
        while True:
            self._woken.clear()
            if self._halted:
                await self._rest(work, ledger)
            if self._must_open:
                self._open(work)
            if self._backlog and not self._is_judging:
                await self._take(work)
            if self._is_due(work):
                self._is_judging = self._is_judging or self._must_judge(work)
                await self._checkpoint(work, ledger, judge=self._is_judging)
            elif not self._backlog:
                if not (work.unsaved or self._is_busy(work)):
                    self._progressed = time.monotonic()
                await self._wait(work)
            await upkeep.look(work, is_settled=not work.unsaved)

    async def _rest(self, work: Work, ledger: Ledger) -> None:
        self._backlog.clear()
        if work.unsaved:
            await self._checkpoint(work, ledger, judge=True)
        while self._halted:
            self._rests.set()
            self._woken.clear()
            await self._woken.wait()
        self._rests.clear()

    def _open(self, work: Work) -> None:
        self._must_open = False
        self._backlog.clear()
        self._ends.clear()
        self._shop.reader.open(work.positions)

    async def _take(self, work: Work) -> None:
        chunk = self._backlog.popleft()
        if not self._shop.reader.is_current(chunk):
            return
        before = work.events
        await self._shop.do(work.take, chunk, time.time_ns() // 1_000)
        self._shop.tally.events += work.events - before
        self._ends[chunk.slot] = chunk.end
        self._throttle(work)

    def _throttle(self, work: Work) -> None:
        """Pause everything while too much waits, else the topics that run ahead of the others."""
        ahead = set(self._slots)
        if sum(chunk.size for chunk in self._backlog) < _BACKLOG_BYTES:
            ahead = self._running_ahead(work)
        self._shop.reader.pause(ahead)
        self._shop.reader.resume(set(self._slots) - ahead)

    def _running_ahead(self, work: Work) -> set[Slot]:
        newest = {slot: work.newest.get(slot.topic) for slot in self._slots}
        behind = [n for slot, n in newest.items() if n is not None and self._has_more(work, slot)]
        if not behind:
            return set()
        bound = min(behind) + self._shop.plan.live.max_skew
        return {slot for slot, n in newest.items() if n is not None and n > bound}

    def _has_more(self, work: Work, slot: Slot) -> bool:
        return work.positions[slot] < self._ends.get(slot, 0)

    def _is_busy(self, work: Work) -> bool:
        return bool(self._backlog) or any(self._has_more(work, slot) for slot in self._slots)

    def _is_due(self, work: Work) -> bool:
        """Soon where the lane has caught up; in large steps where there is much to read."""
        live, seconds = self._shop.plan.live, time.monotonic() - self._saved
        if self._is_judging or work.taken >= live.checkpoint_events:
            return True
        if not work.unsaved or seconds < live.checkpoint_seconds:
            return False
        return not self._is_busy(work) or seconds >= live.checkpoint_max_seconds

    def _must_judge(self, work: Work) -> bool:
        """Whether it is time to judge what has changed: at once where the lane has caught up."""
        waited = time.monotonic() - self._judged
        return not self._is_busy(work) or waited >= self._shop.plan.live.judge_max_seconds

    async def _wait(self, work: Work) -> None:
        """Wait for a chunk, or until what was taken is due to be saved."""
        timeout = _LOOK_SECONDS
        if work.unsaved:
            pause = self._shop.plan.live.checkpoint_seconds
            timeout = max(self._saved + pause - time.monotonic(), pause / 10)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), timeout)

    async def _checkpoint(self, work: Work, ledger: Ledger, *, judge: bool) -> None:
        """Make durable what was done so far. Judging goes on in the next checkpoint where there is
        much to judge."""
        failed, said, begun = work.failures.copy(), work.findings.copy(), time.monotonic()
        checkpoint, batches = await self._shop.do(_prepare, work, ledger, judge)
        await ledger.commit(batches, checkpoint)
        self._saved = self._progressed = time.monotonic()
        self._is_judging = judge and not checkpoint.is_judged
        if checkpoint.is_judged:
            self._judged = self._saved
        tally = self._shop.tally
        tally.checkpoints += 1
        tally.checkpoint_seconds += self._saved - begun
        tally.checkpoint_bytes += sum(batch.size() for _, batch in batches)
        tally.alerts += checkpoint.alerts
        tally.failures += work.failures - failed
        tally.findings += work.findings - said
        tally.letters += checkpoint.letters.reasons
        tally.errors += checkpoint.letters.detectors


def _prepare(work: Work, ledger: Ledger, judge: bool) -> tuple[Checkpoint, Batches]:
    until = time.monotonic() + _JUDGE_SECONDS
    checkpoint = work.checkpoint((lambda: time.monotonic() > until) if judge else None)
    return checkpoint, ledger.batches(checkpoint)


def _where(error: Exception) -> str:
    """What was raised and where, without its message: that might quote an event."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
