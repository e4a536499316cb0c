"""Crash points: where the chaos suite has a worker die or stall, by name.

`STARWATCH_CRASH=kill@checkpoint.sent:3` kills the process the third time that it comes to that
point, `stop@...` stalls it (SIGSTOP) until it is sent SIGCONT. Nothing happens elsewhere, and
nothing at all where the variable is not set.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping

from pipeline.errors import StarwatchError

VARIABLE = "STARWATCH_CRASH"
POINTS = (
    "recovery.fenced",  # the former owner is fenced, nothing is read yet
    "recovery.read",  # the stored state is read, nothing of it is in place
    "recovery.done",  # all is in place, nothing is read on
    "checkpoint.begun",  # a transaction is open
    "checkpoint.sent",  # its records are on their way
    "checkpoint.offsets",  # records and offsets are in the logs; only the commit is missing
    "checkpoint.committed",  # all is durable, the lane does not know yet
    "rebalance.revoked",  # every slot is taken away
    "rebalance.rested",  # the lanes have made their last checkpoints
    "rebalance.assigned",  # the slots of the new generation are known
)
_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_FORM = re.compile(r"(kill|stop)@([a-z.]+):([1-9][0-9]{0,5})")


class CrashPoints:
    """What is to happen to this process, and how often it must still pass a point before."""

    def __init__(self, text: str = "") -> None:
        self._point, self._left, self._signal = "", 0, signal.SIGKILL
        if text:
            form = _FORM.fullmatch(text)
            if form is None or form[2] not in POINTS:
                raise StarwatchError(
                    f"{VARIABLE}: {text!r} is no crash point: write kill@POINT:TIMES or "
                    f"stop@POINT:TIMES with a point of {', '.join(POINTS)}."
                )
            self._point, self._left, self._signal = form[2], int(form[3]), _SIGNALS[form[1]]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> CrashPoints:
        """As the environment says."""
        return cls(environment.get(VARIABLE, ""))

    def passing(self, point: str) -> None:
        """The process comes to a point: it may be its last."""
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._signal)
