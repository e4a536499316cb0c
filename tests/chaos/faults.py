"""The faults: what is done to workers, brokers and events. Schedules are drawn from the seed."""

from __future__ import annotations

import json
import random
import signal
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from detectors.api import DAY
from schemas.events import TOPICS
from tests.chaos.brokers import Alone, Three
from tests.chaos.scene import SESSION_SECONDS, Count, Records, Scene
from tests.live.fleet import world

Event = tuple[int, str, bytes]
_ATTEMPTS = 60
_PATIENCE = 4


@dataclass(frozen=True)
class Size:
    """How much a run is given."""

    events: int
    seconds: float
    """How long the load lasts."""


@dataclass(frozen=True)
class Fault:
    """A fault by its name in the table."""

    name: str
    act: Callable[[Scene], None]
    shape: Callable[[list[Event], random.Random], Records]
    brokers: Callable[[Path], Alone | Three] | None = None
    """Of its own, in a folder; None: the one that is there."""
    backlog: float = 0.4
    """The share of the records that is there before the first worker."""


def run(fault: Fault, seed: str, size: Size, kafka: str) -> Count:
    """Run a fault once. Whatever fails names the seed."""
    with tempfile.TemporaryDirectory(prefix="starwatch-chaos-") as name:
        folder = Path(name)
        own: AbstractContextManager[Alone | Three | None] = nullcontext()
        if fault.brokers is not None:
            (folder / "kafka").mkdir()
            own = fault.brokers(folder / "kafka")
        with own as brokers:
            address = kafka if brokers is None else brokers.bootstrap_servers
            copies = 3 if isinstance(brokers, Three) else 1
            scene = Scene(address, folder, f"{fault.name} {seed}", copies=copies)
            scene.brokers = brokers
            try:
                days = scene.r.choice([60, 200, 600])
                events = world(scene.r.randrange(1 << 30), size.events, days)
                scene.load(fault.shape(events, scene.r), size.seconds, fault.backlog)
                fault.act(scene)
                scene.acted.set()
                scene.settle()
                scene.pause(1.0)
                scene.settle()  # watermarks may still be told from stage to stage
                return scene.count()
            except BaseException as error:
                error.add_note(
                    f"fault {fault.name!r}, seed {seed!r}\n{scene.fleet.logs()[-8_000:]}"
                )
                raise
            finally:
                scene.close()


# -- events --------------------------------------------------------------------------------------


def spread(events: list[Event], r: random.Random) -> Records:
    """As careful producers deliver them: nearly in order, on any topic, some broken."""
    return _with_broken([(_topic(raw), raw) for _, _, raw in _moved(events, r, 0.5)], r)


def disturbed(events: list[Event], r: random.Random) -> Records:
    """Moved by up to 1.9 days, a fifth twice, some a week late, many broken."""
    twice = [e for e in events if r.random() < 0.2]
    late = [(ts + 7 * DAY, topic, raw) for ts, topic, raw in events if r.random() < 0.03]
    # What is late is late in its partition, whichever came first: the replay reads the same logs.
    moved = _moved([*events, *twice, *late], r, 1.9)
    return _with_broken([(_topic(raw), raw) for _, _, raw in moved], r, 0.05)


def hot(events: list[Event], r: random.Random) -> Records:
    """A third of all reviews are of one product."""
    heated = []
    for ts, topic, raw in events:
        body = json.loads(raw)
        if "product_id" in body and r.random() < 1 / 3:
            body["product_id"] = "p0"
        heated.append((ts, topic, json.dumps(body).encode()))
    return spread(heated, r)


def skewed(events: list[Event], r: random.Random) -> Records:
    """Topic by topic, each a whole history: months apart in event time."""
    records = [(_topic(raw), raw) for _, _, raw in _moved(events, r, 0.5)]
    order = list(TOPICS)
    r.shuffle(order)
    return [record for topic in order for record in records if record[0] == topic]


def _topic(raw: bytes) -> str:
    """Any event may come on any topic; a key's events come on all of them."""
    return list(TOPICS)[crc32(raw, 7) % len(TOPICS)]


def _moved(events: list[Event], r: random.Random, days: float) -> list[Event]:
    return sorted((ts + r.randrange(round(days * DAY)), topic, raw) for ts, topic, raw in events)


def _with_broken(
    records: list[tuple[str, bytes]], r: random.Random, share: float = 0.02
) -> Records:
    found: list[tuple[str, bytes]] = []
    for n, record in enumerate(records):
        found.append(record)
        if r.random() < share:
            found.append((r.choice(list(TOPICS)), b'{"broken": %d' % n))
    return found


# -- workers -------------------------------------------------------------------------------------


def killed(scene: Scene) -> None:
    """SIGKILL at random moments."""
    _some(scene, 2)
    for _ in range(scene.r.randint(2, 4)):
        scene.pause(0.5, 5)
        scene.kill(scene.pick())
        scene.start()


def terminated(scene: Scene) -> None:
    """SIGTERM at random moments."""
    _some(scene, 2)
    for _ in range(scene.r.randint(2, 4)):
        scene.pause(0.5, 5)
        scene.start()
        scene.leave(scene.alive()[0])


def coming_and_going(scene: Scene) -> None:
    """1 to 4 workers: some join, some leave, some die."""
    _some(scene, scene.r.randint(1, 2))
    for _ in range(scene.r.randint(4, 7)):
        scene.pause(0.2, 4)
        alive = len(scene.alive())
        if alive < 2 or (alive < 4 and scene.r.random() < 0.5):
            scene.start()
        elif scene.r.random() < 0.5:
            scene.leave(scene.pick())
        else:
            scene.kill(scene.pick())


def undisturbed(scene: Scene) -> None:
    """Two workers, nothing else: the events are the fault. One dies all the same."""
    _some(scene, 2)
    scene.pause(1, 4)
    scene.kill(scene.pick())
    scene.start()


def killed_at(*points: str) -> Callable[[Scene], None]:
    """SIGKILL at one of these points, with another worker there or not."""

    def act(scene: Scene) -> None:
        victim = scene.start(_crash(scene, "kill", points))
        if scene.r.random() < 0.7:
            scene.start()
        _provoke(scene, lambda: victim.poll() is not None)
        scene.start()

    return act


def stalled_at(*points: str) -> Callable[[Scene], None]:
    """SIGSTOP at one of these points, SIGCONT when others have long taken over."""

    def act(scene: Scene) -> None:
        victim = scene.start(_crash(scene, "stop", points))
        scene.start()
        _provoke(scene, lambda: scene.is_stopped(victim))
        scene.pause(SESSION_SECONDS * 2, SESSION_SECONDS * 4)
        victim.send_signal(signal.SIGCONT)
        scene.pause(1, 4)

    return act


def stalled(scene: Scene) -> None:
    """SIGSTOP at a random moment, SIGCONT when others have long taken over."""
    _some(scene, 2)
    scene.pause(0.5, 5)
    victim = scene.pick()
    victim.send_signal(signal.SIGSTOP)
    scene.pause(SESSION_SECONDS * 2, SESSION_SECONDS * 4)
    victim.send_signal(signal.SIGCONT)
    scene.pause(1, 4)


def _some(scene: Scene, count: int) -> None:
    for _ in range(count):
        scene.start()


def _crash(scene: Scene, what: str, points: tuple[str, ...]) -> str:
    point = scene.r.choice(points)
    times = scene.r.randint(1, 8 if point.startswith("checkpoint") else 3)
    return f"{what}@{point}:{times}"


def _provoke(scene: Scene, is_reached: Callable[[], bool]) -> None:
    """Wait for a point; others come and go meanwhile, so that there are rebalances."""
    for attempt in range(_ATTEMPTS):
        scene.pause(2, 4)
        if is_reached():
            return
        if attempt % _PATIENCE < _PATIENCE - 1:
            continue
        for guest in scene.workers[2:]:
            if guest.poll() is None:
                scene.kill(guest)
        scene.start()
    raise AssertionError("the crash point was never reached")


# -- brokers -------------------------------------------------------------------------------------


def broker_restarted(scene: Scene) -> None:
    """The broker ends, or dies, and comes back."""
    kafka = scene.brokers
    assert isinstance(kafka, Alone)
    scene.start_together(2)
    scene.pause(0.5, 4)
    before = scene.alive()
    scene.r.choice([kafka.stop, kafka.kill])()
    scene.pause(1, 10)
    kafka.start()
    scene.pause(1, 3)
    assert scene.alive() == before, "no worker had to be started again"


def broker_silent(scene: Scene) -> None:
    """The broker answers nobody for a while, longer than any session."""
    kafka = scene.brokers
    assert isinstance(kafka, Alone)
    scene.start_together(2)
    scene.pause(0.5, 4)
    before = scene.alive()
    kafka.freeze()
    scene.pause(8, 25)
    kafka.thaw()
    scene.pause(1, 3)
    assert scene.alive() == before, "no worker had to be started again"


def leader_lost(scene: Scene) -> None:
    """Of three brokers the one that leads most dies, or stalls, and comes back."""
    kafka = scene.brokers
    assert isinstance(kafka, Three)
    scene.start_together(2)
    scene.pause(0.5, 4)
    for _ in range(scene.r.randint(1, 2)):
        leader = kafka.busiest()
        if scene.r.random() < 0.6:
            kafka.kill(leader)
            scene.pause(5, 12)
            kafka.start(leader)
        else:
            kafka.freeze(leader)
            scene.pause(12, 20)
            kafka.thaw(leader)
        scene.pause(8, 12)


CHECKPOINT = ("checkpoint.begun", "checkpoint.sent", "checkpoint.offsets", "checkpoint.committed")
RECOVERY = ("recovery.fenced", "recovery.read", "recovery.done")
REBALANCE = ("rebalance.revoked", "rebalance.rested", "rebalance.assigned")

FAULTS = (
    Fault("workers killed", killed, spread),
    Fault("workers ended", terminated, spread),
    Fault("workers come and go", coming_and_going, spread),
    Fault("killed in a checkpoint", killed_at(*CHECKPOINT), spread),
    Fault("killed in a recovery", killed_at(*RECOVERY), spread),
    Fault("killed in a rebalance", killed_at(*REBALANCE), spread),
    Fault("zombie", stalled, spread),
    Fault("zombie in a checkpoint", stalled_at(*CHECKPOINT), spread),
    Fault("zombie in a recovery", stalled_at(*RECOVERY), spread),
    Fault("zombie in a rebalance", stalled_at(*REBALANCE), spread),
    Fault("double, reordered, late, broken", undisturbed, disturbed),
    Fault("a hot key", undisturbed, hot),
    Fault("topics months apart", undisturbed, skewed, backlog=1.0),
    Fault("broker restarted", broker_restarted, spread, Alone),
    Fault("broker silent", broker_silent, spread, Alone),
    Fault("leader of three lost", leader_lost, spread, Three),
)
