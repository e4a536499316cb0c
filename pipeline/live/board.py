"""The lanes that a worker has: which ones follows from the slots that the group assigns to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from pipeline.live.lane import Health, LaneRunner
from pipeline.live.plan import Lane, Slot
from pipeline.live.reader import Chunk
from pipeline.live.shop import Workshop

log = logging.getLogger("starwatch.worker")

_HALT_SECONDS = 8.0


class Board:
    """Starts, rests and closes lanes; see `pipeline.live.driver.Assignments`.

    A lane that comes back to this worker after a rebalance goes on with the state it has. That is
    safe whatever happened in between: had another worker touched it, the next commit is refused.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._runners: dict[Lane, LaneRunner] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = self._has_joined = False
        self.outdated = asyncio.Event()
        """Set when topics have got other numbers of partitions than the plan says."""

    @property
    def lanes(self) -> list[Lane]:
        """The lanes that this worker has."""
        return sorted(self._runners)

    @property
    def has_joined(self) -> bool:
        """Whether the group has told this worker what it has, be it nothing."""
        return self._has_joined and not self._closed

    def health(self) -> dict[Lane, Health]:
        """How each lane is."""
        return {lane: self._runners[lane].health() for lane in self.lanes}

    def deliver(self, chunk: Chunk) -> None:
        """Give a chunk to its lane, unless it is of a slot as it is no longer open."""
        runner = self._runners.get(self._lane_of(chunk.slot))
        if runner is not None and self._shop.reader.is_current(chunk):
            runner.deliver(chunk)

    async def revoked(self) -> None:
        """Let every lane make a last checkpoint; one that takes too long is left to be fenced."""
        self._shop.crashes.passing("rebalance.revoked")
        self._shop.reader.close_all()
        if self._runners:
            halts = [asyncio.create_task(runner.halt()) for runner in self._runners.values()]
            _, late = await asyncio.wait(halts, timeout=_HALT_SECONDS)
            for halt in late:
                halt.cancel()
        self._shop.crashes.passing("rebalance.rested")

    def assigned(self, slots: set[Slot], partitions: Mapping[str, int | None]) -> None:
        """Have exactly these slots from now on; `partitions` are the topics' as they are now."""
        if self._closed:
            return
        self._shop.crashes.passing("rebalance.assigned")
        if any(partitions.get(t) not in (None, n) for t, n in self._shop.plan.inputs.items()):
            self.outdated.set()
            return
        self._has_joined = True
        lanes = self._complete(self._shop.plan.lanes_of(slots))
        for lane in self._runners.keys() - lanes:
            self._close(self._runners.pop(lane))
        for lane in sorted(lanes):
            if lane in self._runners:
                self._runners[lane].resume()
            else:
                self._runners[lane] = LaneRunner(lane, self._shop)
        names = ", ".join(map(str, sorted(lanes))) or "none"
        log.info("assigned: %d of %d lanes (%s)", len(lanes), len(self._all_lanes()), names)

    async def close(self) -> None:
        """End every lane after a last checkpoint."""
        self._closed = True
        await self.revoked()
        for lane in list(self._runners):
            self._close(self._runners.pop(lane))
        if self._closing:
            await asyncio.wait(self._closing)

    def _close(self, runner: LaneRunner) -> None:
        task = asyncio.create_task(runner.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _complete(self, lanes: dict[Lane, set[Slot]]) -> set[Lane]:
        complete = set()
        for lane, slots in lanes.items():
            if slots == set(self._shop.plan.slots_of(lane)):
                complete.add(lane)
            else:
                log.error(
                    "lane %s is shared with another worker and rests: workers of one group must "
                    "read the same topics; end those with another configuration",
                    lane,
                )
        return complete

    def _lane_of(self, slot: Slot) -> Lane:
        return Lane(self._shop.plan.inputs[slot.topic], slot.partition)

    def _all_lanes(self) -> set[Lane]:
        return {
            Lane(count, number)
            for count in self._shop.plan.inputs.values()
            for number in range(count)
        }
