"""Which embedded brokers run: one small file for each port, in the user's state directory.

A pid alone proves nothing: after a crash another program may carry it. So every broker gets a
token on its command line, and a recorded process counts as ours only while its command line holds
that token. `psutil` compares start times again before it sends a signal.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import platformdirs
import psutil


class Record(msgspec.Struct, frozen=True):
    """A broker that was started: its process, where it listens and where its data is."""

    pid: int
    token: str
    port: int
    data_dir: str
    ephemeral: bool

    def process(self) -> psutil.Process | None:
        """The broker's process, or None where it has gone."""
        try:
            process = psutil.Process(self.pid)
            ours = any(self.token in argument for argument in process.cmdline())
        except psutil.Error:
            return None
        return process if ours else None


def _directory() -> Path:
    return platformdirs.user_state_path("starwatch") / "brokers"


def _file(port: int) -> Path:
    return _directory() / f"{port}.json"


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the registry against other starts and stops; the lock dies with its process."""
    _directory().mkdir(parents=True, exist_ok=True)
    with (_directory() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def remember(record: Record) -> None:
    """Write a broker down under its port."""
    partial = _file(record.port).with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(record))
    partial.replace(_file(record.port))


def forget(record: Record) -> None:
    """Drop a broker that has gone, and its data where that was temporary."""
    if recorded(record.port) == record:  # else the port has a new broker already
        _file(record.port).unlink()
    if record.ephemeral:
        shutil.rmtree(record.data_dir, ignore_errors=True)


def recorded(port: int) -> Record | None:
    """What was written down for a port, whether or not the broker still runs."""
    try:
        return msgspec.json.decode(_file(port).read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def running() -> list[Record]:
    """Every broker of this user that runs now, by port."""
    ports = sorted(int(file.stem) for file in _directory().glob("*.json") if file.stem.isdigit())
    found = [record for port in ports if (record := recorded(port)) is not None]
    return [record for record in found if record.process() is not None]
