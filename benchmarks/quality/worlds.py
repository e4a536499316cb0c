"""The worlds of the bench, kept between runs as long as the simulator stays as it is."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.simulator import Settings, simulate
from pipeline.simulator.phrasebook import Bank
from pipeline.simulator.run import Advance

DAYS = 180
KEPT_DAYS = 3
"""How long worlds of an earlier simulator are kept after they were last asked for."""


@dataclass(frozen=True, slots=True)
class Spec:
    """Which world."""

    seed: int
    scale: float
    phrasing: Bank

    @property
    def name(self) -> str:
        """A folder's name that tells worlds of one simulator apart."""
        return f"{self.phrasing}-{self.seed}-x{self.scale:g}"


def build(spec: Spec, folder: Path, advance: Advance | None = None) -> Path:
    """The folder of a world, made now if it is not there; `advance` as in `simulate`.

    Raises:
        PhraseError: its phrase bank is missing or not complete.
    """
    world = folder / spec.name
    if world.is_dir():
        return world
    settings = Settings(spec.seed, spec.scale, DAYS, phrasing=spec.phrasing, compress=True)
    with TemporaryDirectory(dir=folder, prefix=".") as made:
        part = Path(made) / spec.name
        simulate(settings, part, advance)
        try:
            part.rename(world)
        except OSError:
            if not world.is_dir():  # else another run was first, with the same bytes
                raise
    return world


def shelf(out: Path) -> Path:
    """The folder for worlds of the simulator as it is. Those of other states of it are thrown away
    once no run has asked for them for some days."""
    worlds = out / "worlds"
    current = worlds / _digest(_sources(files("pipeline.simulator")))
    current.mkdir(parents=True, exist_ok=True)
    current.touch()
    for other in worlds.iterdir():
        if time.time() - other.stat().st_mtime > KEPT_DAYS * 86_400:
            shutil.rmtree(other)
    return current


def fingerprint(worlds: Iterable[Path]) -> str:
    """Hash of what really happened in some worlds."""
    return _digest((world / "truth.jsonl").read_bytes() for world in worlds)


def _sources(folder: Traversable) -> Iterable[bytes]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir() and not entry.name.startswith("__"):
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".toml")):
            yield entry.name.encode()
            yield entry.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
