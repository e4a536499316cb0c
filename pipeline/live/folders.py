"""A folder for one worker process, and the end of those that killed workers have left behind."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StarwatchError

PREFIX = "starwatch-worker-"
_ATTEMPTS = 10


@contextmanager
def own_folder(parent: str) -> Iterator[Path]:
    """A new folder inside `parent` (where the system keeps temporary files, if empty), deleted at
    the end. Its owner holds a lock on it, which ends with the process, however that ends: folders
    without are deleted first. Raises `StarwatchError` where there can be none."""
    inside = Path(parent or tempfile.gettempdir())
    try:
        _sweep(inside)
        folder, lock = _locked(inside)
    except OSError as error:
        raise StarwatchError(
            f"[live] folder: {inside}: {error.strerror}. Choose a folder that can be written."
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(inside: Path) -> tuple[Path, int]:
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=inside))
        lock = _try_lock(folder)
        # Another worker may have found it before it was locked, and deleted it.
        if lock is not None:
            if folder.exists():
                return folder, lock
            os.close(lock)
    raise OSError(errno.ENOLCK, "folders cannot be locked there")


def _sweep(inside: Path) -> None:
    for folder in inside.glob(f"{PREFIX}*"):
        if not folder.is_symlink() and (lock := _try_lock(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _try_lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock; None where another process does, or it is not
    ours."""
    try:
        found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(found)
        return None
    return found
