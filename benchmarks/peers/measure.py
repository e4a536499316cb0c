"""One run of one engine, from outside: time, CPU and memory of its processes."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from benchmarks.peers.engines import Engine, Run

_LOOK_SECONDS = 0.2
_LEAVE_SECONDS = 30.0


class FailedError(Exception):
    """A run came to nothing; the message says how."""


@dataclass(frozen=True)
class Usage:
    """What one run took, start and end included."""

    seconds: float
    """Until everything was durable."""
    cpu: float
    """Seconds of CPU of the engine's processes."""
    broker_cpu: float
    """Seconds of CPU of the broker meanwhile."""
    memory: int
    """Most memory of the engine's processes together (bytes)."""


def measure(
    engine: Engine, run: Run, broker: psutil.Process, core: int | None, timeout: float
) -> Usage:
    """Run an engine until it is done, then end it. Raises `FailedError`.

    `core` is the one that the engine may use, None for any.
    """
    engine.begin(run)
    command, log, memory = engine.command(run), run.folder / "engine.log", 0
    cpu, broker_cpu, begun = _children(), _cpu(broker), time.monotonic()
    with log.open("wb") as out, _on(core):
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, "TMPDIR": str(run.folder)},  # what a killed engine leaves goes too
            start_new_session=True,
        )
    try:
        while child.poll() is None and not engine.is_done(run):
            memory = max(memory, _memory(child.pid))
            if time.monotonic() - begun > timeout:
                raise FailedError(f"not done within {timeout:.0f} s")
            time.sleep(_LOOK_SECONDS)
        seconds = time.monotonic() - begun
        if child.returncode:
            raise FailedError(f"ended with {child.returncode}: {_last_line(log.read_bytes())}")
        _end(child)
    finally:
        _kill(child)
    return Usage(seconds, _children() - cpu, _cpu(broker) - broker_cpu, memory)


@contextlib.contextmanager
def _on(core: int | None) -> Iterator[None]:
    """What is started meanwhile runs on that core."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _children() -> float:
    """Seconds of CPU of all children that have ended, with theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _memory(pid: int) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            total += each.memory_info().rss
    return total


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask it to end; it is killed where it does not."""
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_LEAVE_SECONDS)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Nothing of its session is left, whatever happened."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _last_line(log: bytes) -> str:
    lines = log.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no output"
