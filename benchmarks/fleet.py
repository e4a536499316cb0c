"""Workers as processes, for benchmarks: started, watched by their metrics, ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil
from prometheus_client.parser import text_string_to_metric_families

from pipeline.broker.server import free_port
from pipeline.config import Config
from pipeline.kafka import reading
from pipeline.kafka.clients import consumer
from pipeline.kafka.layout import TopicNames
from pipeline.live.status import status
from schemas.events import TOPICS

_LEAVE_SECONDS = 30
_ANSWER_SECONDS = 15


@dataclass
class Worker:
    """A worker process."""

    process: subprocess.Popen[bytes]
    port: int
    """Where it answers HTTP."""
    log: Path

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def cpu(self) -> float:
        """Seconds of CPU since its start."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def metrics(self) -> Counter[str]:
        """What `/metrics` says, every metric summed over its labels."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(address, timeout=_ANSWER_SECONDS) as answer:
            text = answer.read().decode()
        found: Counter[str] = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] += sample.value
        return found


@contextmanager
def workers(count: int, folder: Path, address: list[str]) -> Iterator[list[Worker]]:
    """Start workers with these options, their logs in `folder`; end them with SIGTERM, and with
    SIGKILL where that does not help."""
    running: list[Worker] = []
    try:
        for number in range(count):
            log, port = folder / f"worker{number}.log", free_port()
            command = [sys.executable, "-m", "pipeline.cli", "worker", "--http-port", str(port)]
            with log.open("wb") as out:
                process = subprocess.Popen([*command, *address], stderr=out)
            running.append(Worker(process, port, log))
        yield running
    finally:
        for worker in running:
            worker.process.send_signal(signal.SIGTERM)
        for worker in running:
            try:
                worker.process.wait(_LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()


def starwatch(*arguments: str) -> int:
    """Run a command of Starwatch; its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments], check=False
    ).returncode


def must(*arguments: str) -> None:
    """Run a command of Starwatch, and end where it fails."""
    if starwatch(*arguments):
        raise SystemExit(f"starwatch {arguments[0]} failed")


def dump(bootstrap_servers: str, names: TopicNames, folder: Path) -> list[Path]:
    """What the event topics hold, as they hold it: a folder of event files for each partition
    number, for `starwatch replay`."""
    files: dict[tuple[str, int], BinaryIO] = {}
    with consumer(bootstrap_servers) as client, ExitStack() as stack:
        for topic in TOPICS:
            partitions = reading.assign(client, names.actual(topic))
            for record in reading.to_the_end(client, partitions):
                place = (topic, record.partition)
                if place not in files:
                    path = folder / str(record.partition) / f"{topic}.jsonl"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    files[place] = stack.enter_context(path.open("wb"))
                files[place].write(record.value + b"\n")
    return sorted(path for path in folder.iterdir())


def wait(
    bootstrap_servers: str,
    settings: Config,
    timeout: float,
) -> None:
    """Return at lag 0."""
    deadline = time.monotonic() + timeout
    while True:
        found = status(bootstrap_servers, settings.topics, settings.live)
        if found.lag == 0 and found.workers:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"no lag 0 within {timeout:.0f} s: {found}")
        time.sleep(0.5)
