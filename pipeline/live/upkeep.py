"""What a lane looks after now and then, beside its work."""

from __future__ import annotations

import asyncio
import logging
import time

from aiokafka.errors import KafkaError

from detectors.api import HOUR, SECOND
from pipeline.errors import StarwatchError
from pipeline.live.ledger import Archive, delete_read
from pipeline.live.plan import Lane
from pipeline.live.progress import lowest_active
from pipeline.live.shop import Workshop
from pipeline.live.work import Work

log = logging.getLogger("starwatch.worker")

_SECONDS = 60.0
_REBUILD_SECONDS = 5.0


class Upkeep:
    """The chores of one lane."""

    def __init__(self, shop: Workshop, lane: Lane) -> None:
        self._shop = shop
        self._lane = lane
        self._done = self._asked = time.monotonic()

    async def look(self, work: Work, *, is_settled: bool) -> None:
        """Do what is due. `is_settled`: everything that was read is durable. What fails is tried
        again the next time."""
        now = time.monotonic()
        if work.rebuilding and is_settled and now - self._asked > _REBUILD_SECONDS:
            self._asked = now
            await self._end_rebuild(work)
        if is_settled and now - self._done > _SECONDS:
            self._done = now
            try:
                await self._follow(work)
                await self._delete_read(work)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("lane %s: upkeep has failed: %r", self._lane, error)

    async def _end_rebuild(self, work: Work) -> None:
        """At the first lag 0 everything is found again that is to be found."""
        try:
            lag = await asyncio.to_thread(self._shop.lag)
        except StarwatchError:
            return
        if lag == 0:
            withdrawn = work.end_rebuild()
            log.info("lane %s: built again; %d cases were not found again", self._lane, withdrawn)

    async def _follow(self, work: Work) -> None:
        """Idle partitions take over how far the others have come, so as not to hold them back."""
        plan = self._shop.plan
        idle_after = round(plan.intake.idle_after_hours * HOUR)
        quiet_before = int(time.time() * SECOND) - idle_after
        if not (idle := work.idle(quiet_before)):
            return
        async with Archive(self._shop.bootstrap_servers, plan) as archive:
            lanes = await archive.all_progress()
        newest = lowest_active(lanes.items(), quiet_before)
        for topic in work.take_over(idle, newest) if newest is not None else ():
            log.info("lane %s: %s is idle and follows the other partitions", self._lane, topic)

    async def _delete_read(self, work: Work) -> None:
        """What lanes send each other is kept until it is read, not longer."""
        deltas = self._shop.plan.internal.deltas
        read = {slot: o for slot, o in work.positions.items() if slot.topic == deltas}
        if read:
            await delete_read(self._shop.bootstrap_servers, read)
