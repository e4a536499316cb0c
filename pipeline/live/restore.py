"""A lane's work as its last checkpoint left it. To be done after fencing the former owner."""

from __future__ import annotations

import logging
import time

from pipeline.live.changelog import StateError
from pipeline.live.cold import Records
from pipeline.live.ledger import Archive
from pipeline.live.plan import Lane, Plan, Slot
from pipeline.live.progress import Progress
from pipeline.live.shop import Workshop
from pipeline.live.work import Work
from schemas.alerts import Alert

log = logging.getLogger("starwatch.worker")


async def restore(shop: Workshop, lane: Lane, records: Records) -> Work:
    """The work of a lane, its state in `records`. Raises `StateError` where what is stored does not
    fit."""
    plan, begun = shop.plan, time.monotonic()
    restoring = shop.tally.restoring

    def left(count: int) -> None:
        restoring[lane] = count

    try:
        async with Archive(shop.bootstrap_servers, plan, left) as archive:
            progress, is_new = await _progress(archive, plan, lane)
            published: list[Alert] = []
            if plan.is_keyed(lane):
                await archive.copy(Slot(plan.internal.state, lane.number), records)
                published = await archive.alerts(lane) if is_new else []
    finally:
        restoring.pop(lane, None)
    shop.crashes.passing("recovery.read")
    work = await shop.do(Work, plan, lane, shop.intake, progress, records)
    count, seconds = work.restored, time.monotonic() - begun
    shop.tally.restores += 1
    shop.tally.restored_sub_keys += count
    shop.tally.restore_seconds += seconds
    log.info("lane %s: restored %s sub-keys in %.1f s", lane, f"{count:,}", seconds)
    if published:
        work.adopt(published)
        log.info("lane %s: goes on from %s published cases", lane, f"{len(published):,}")
    return work


async def _progress(archive: Archive, plan: Plan, lane: Lane) -> tuple[Progress, bool]:
    """Where the lane stands, and whether it is new."""
    progress = await archive.progress(lane)
    is_new = progress is None
    if progress is None:
        progress = Progress(plan.partitions, {})
    elif progress.partitions != plan.partitions:
        raise StateError(
            f"The internal topics had {progress.partitions} partitions and now have "
            f"{plan.partitions}: keys live elsewhere now. Build the state again from the events "
            "under a new [live] group."
        )
    await archive.complete(progress, lane)
    return progress, is_new
