"""Topics of its own for every test, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from pipeline.kafka import topics
from pipeline.kafka.layout import TopicNames, layout

Starwatch: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

STARWATCH = (sys.executable, "-c", "from pipeline.cli import main; main()")


@pytest.fixture
def names() -> TopicNames:
    """Names that no other test uses."""
    return TopicNames(prefix=f"{uuid.uuid4().hex[:12]}.")


@pytest.fixture
def created(kafka: str, names: TopicNames) -> TopicNames:
    """Names of topics that are there, with three partitions each."""
    topics.create(kafka, layout(names, partitions=3))
    return names


@pytest.fixture
def environment(kafka: str, names: TopicNames, tmp_path: Path) -> dict[str, str]:
    """What the command line needs to use this test's topics: run it in `tmp_path`."""
    (tmp_path / "starwatch.toml").write_text(f'[topics]\nprefix = "{names.prefix}"\n')
    root = str(Path(__file__).parents[2])
    return os.environ | {"STARWATCH_BOOTSTRAP_SERVERS": kafka, "PYTHONPATH": root}


@pytest.fixture
def starwatch(environment: dict[str, str], tmp_path: Path) -> Starwatch:
    """Run a command to its end."""

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*STARWATCH, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            env=environment | variables,
            check=False,
        )

    return run
