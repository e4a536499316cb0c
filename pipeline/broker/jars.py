"""The broker's jars: locked by SHA-256, fetched once, checked before every use.

`jars.lock` beside this module names each jar and its hash, as pip's hash mode does. Resolving the
dependencies was done when the lock was written (`relock.py`); a machine that runs the broker only
fetches the files listed, and trusts none that differs.
"""

from __future__ import annotations

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from pipeline.broker.errors import BrokerError

LOCK_FILE = Path(__file__).with_name("jars.lock")
_DOWNLOADS_AT_ONCE = 8
_REQUEST_TIMEOUT_S = 15


@dataclass(frozen=True)
class Jar:
    """One locked artifact: Maven coordinates and the SHA-256 of its jar (hex)."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the jar in the cache, the one that Maven gives it."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        """`group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    def __str__(self) -> str:
        return f"{self.coordinate} sha256:{self.sha256}"


def read_lock(path: Path = LOCK_FILE) -> list[Jar]:
    """The locked jars, in the order of the class path."""
    jars = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            coordinate, _, digest = line.partition(" sha256:")
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, digest))
    return jars


def cache_dir() -> Path:
    """Where fetched jars are kept, in the user's cache directory."""
    return platformdirs.user_cache_path("starwatch") / "kafka-jars"


def missing(cache: Path | None = None) -> int:
    """How many jars the next start has to fetch."""
    return len(_absent(cache or cache_dir()))


def _absent(cache: Path) -> list[Jar]:
    return [jar for jar in read_lock() if not (cache / jar.file_name).exists()]


def class_path(cache: Path | None = None) -> list[Path]:
    """Paths of all the broker's jars, each one checked; missing ones are fetched first.

    Raises `BrokerError` where a jar cannot be fetched, or is not the one that was locked.
    """
    cache = cache or cache_dir()
    if absent := _absent(cache):
        _fetch(absent, cache)
    paths = []
    for jar in read_lock():
        path = cache / jar.file_name
        _check(path, jar, f"Delete {path} to have it fetched again.")
        paths.append(path)
    return paths


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, jar: Jar, what_to_do: str) -> None:
    found = sha256(path)
    if found != jar.sha256:
        raise BrokerError(
            f"{jar.coordinate} is not the jar that was locked: SHA-256 {found}, "
            f"expected {jar.sha256}. {what_to_do}"
        )


def _fetch(absent: list[Jar], cache: Path) -> None:
    """Bring jars into the cache; each appears there whole and checked, or not at all."""
    # A mirror that the user's own jgo settings name comes first: where there is one, the
    # central repository is often out of reach.
    repositories = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as scratch:
        context = MavenContext(
            repo_cache=Path(scratch), remote_repos=repositories, timeout=_REQUEST_TIMEOUT_S
        )

        def fetch(jar: Jar) -> None:
            component = context.project(jar.group, jar.artifact).at_version(jar.version)
            fetched = component.artifact().resolve()
            _check(fetched, jar, "What the repository sent was thrown away; nothing was started.")
            fetched.replace(cache / jar.file_name)

        pool = ThreadPoolExecutor(_DOWNLOADS_AT_ONCE)
        try:
            for _ in pool.map(fetch, absent):
                pass
        except (RuntimeError, OSError) as error:
            raise BrokerError(
                f"Cannot fetch {len(absent)} of the jars of Apache Kafka into {cache}. "
                f"Tried {', '.join(repositories.values())}: {error}. Connect this machine for the "
                "first start (a mirror can be named under [repositories] in jgo.conf), or use a "
                "Kafka that runs elsewhere with --bootstrap-servers."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
