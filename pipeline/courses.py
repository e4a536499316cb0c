"""Courses: in which order a replay takes admitted events, and at which moments it judges.

`Straight` takes events as they arrive and judges a focus once. `AsOf` answers for each review what
was known a while after it was posted: it holds events back until nothing older can come, puts them
in the order of event time, and judges whatever has changed each time a review falls due.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import NamedTuple, Protocol

from detectors.suspicion.tables import SCORES
from pipeline.intake import Taken
from pipeline.runner import InProcess
from pipeline.scores import Accused, ScoreBook
from schemas.events import ReviewPosted


class Course(Protocol):
    """What a replay does with what was admitted."""

    def take(self, taken: Taken) -> None:
        """An event was admitted."""
        ...

    def tick(self, watermark: int) -> None:
        """Nothing older than `watermark` will come."""
        ...

    def finish(self) -> None:
        """Nothing more will come."""
        ...


class Straight:
    """Events as they arrive, each focus judged once; with a book, scores as of the end."""

    def __init__(self, runner: InProcess, book: ScoreBook | None = None) -> None:
        self._runner = runner
        self._book = book
        if book is not None:
            runner.divert(SCORES.name, book.said)

    def take(self, taken: Taken) -> None:
        """See `Course`."""
        self._runner.join(taken.deltas)
        if self._book is not None and isinstance(taken.event, ReviewPosted):
            self._book.posted(taken.event, taken.ts)

    def tick(self, watermark: int) -> None:
        """See `Course`."""
        self._runner.tick(watermark)

    def finish(self) -> None:
        """See `Course`."""
        self._runner.finish()
        if self._book is not None:
            accused = Accused(self._runner.cases)
            accused.update(self._runner.cases.latest())
            for marketplace, review_id, probability in accused.all():
                self._book.accused(marketplace, review_id, probability)


class _Due(NamedTuple):
    """A review whose cases are to be looked at as of `at`, that moment included."""

    at: int
    marketplace: str
    review_id: str


class AsOf:
    """Scores as they stood a while (`book.after`) after each review was posted.

    What a review shows by itself the suspicion detector knows as of any moment. What cases say
    takes a second, eager runner, `moments`, of the detectors whose cases count: when a review falls
    due, the events joined there are those with an event time up to then and no others, so its cases
    are those that a replay of just these would end with.
    """

    def __init__(self, runner: InProcess, moments: InProcess, book: ScoreBook) -> None:
        self._runner = runner
        self._moments = moments
        self._book = book
        self._after = book.after
        self._held: list[tuple[int, str, int, Taken]] = []
        self._count = 0
        self._due: deque[_Due] = deque()
        self._accused = Accused(moments.cases)
        runner.divert(SCORES.name, book.said)

    def take(self, taken: Taken) -> None:
        """See `Course`."""
        self._runner.join(taken.deltas)
        if taken.event is not None:
            self._count += 1
            heapq.heappush(self._held, (taken.ts, taken.event.event_id, self._count, taken))

    def tick(self, watermark: int) -> None:
        """See `Course`."""
        self._runner.tick(watermark)
        self._release(watermark)

    def finish(self) -> None:
        """See `Course`."""
        self._runner.finish()
        if self._held:
            self._release(max(ts for ts, _, _, _ in self._held) + 1)
        self._accused.update(self._moments.finish())
        self._settle(None)

    def _release(self, watermark: int) -> None:
        while self._held and self._held[0][0] < watermark:
            ts, _, _, taken = heapq.heappop(self._held)
            if self._due and self._due[0].at < ts:
                self._judge(ts)
                self._settle(ts)
            self._moments.join(d for d in taken.deltas if self._moments.knows(d))
            if isinstance(taken.event, ReviewPosted):
                event = taken.event
                self._book.posted(event, ts)
                self._due.append(_Due(ts + self._after, event.marketplace, event.review_id))
        # Also where nothing falls due, what nobody can see any more is to be forgotten.
        self._judge(watermark)

    def _judge(self, watermark: int) -> None:
        self._accused.update(self._moments.tick(watermark))

    def _settle(self, before: int | None) -> None:
        while self._due and (before is None or self._due[0].at < before):
            due = self._due.popleft()
            probability = self._accused.probability(due.marketplace, due.review_id)
            self._book.accused(due.marketplace, due.review_id, probability)
