"""Makes a world: sets it up, casts the scenarios, lets it run, writes the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec

from pipeline.simulator import cases  # noqa: F401 - registers the scenarios
from pipeline.simulator.cases.casting import Casting, NoRoom, Stage
from pipeline.simulator.cases.registry import Kind, Scenario, deal, find, size
from pipeline.simulator.catalogue import Catalogue
from pipeline.simulator.chance import stream
from pipeline.simulator.clock import DAY, HOUR, MINUTE, Clock
from pipeline.simulator.identity import Identity
from pipeline.simulator.life import Life
from pipeline.simulator.markets import read_taxonomy
from pipeline.simulator.population import IdentifierType, Population
from pipeline.simulator.settings import Settings
from pipeline.simulator.spill import Outputs
from pipeline.simulator.texts import Texts
from pipeline.simulator.truth import Record
from pipeline.simulator.world import World
from schemas.events import TOPICS

BUYERS = 22_000
SELLERS = 6_000
ORDERS = 23_500
"""Of a world of scale 1 and 180 days."""

FEWEST = 5
"""Violations and lookalikes even in the smallest world."""

_KINDS: tuple[Kind, ...] = ("planted", "lookalike")

_OWNERS_ARE_SEEN_WITH: tuple[tuple[IdentifierType, float], ...] = (
    ("bank_account", 0.45),
    ("tax_id", 0.25),
    ("device", 0.1),
    ("ip", 0.1),
    ("address", 0.1),
)

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made: events by topic, scenarios planted, and those the world was too small for."""

    events: dict[str, int]
    planted: int
    lookalikes: int
    skipped: tuple[str, ...]


def simulate(settings: Settings, folder: Path, advance: Advance | None = None) -> Summary:
    """Write a world's event files and `truth.jsonl` into a folder.

    Args:
        folder: made if it is not there; files of the same names are replaced.
        advance: called with the number of products done and of all.

    Raises:
        PhraseError: the phrase bank is missing or not complete.
        UnknownScenario: `settings.include` names one that does not exist.
    """
    wanted = [scenario for name in settings.include for scenario in find(name)]
    folder.mkdir(parents=True, exist_ok=True)
    with Outputs(folder, TOPICS, settings.compress, settings.memory) as outputs:
        world = _make(settings, outputs)
        records, skipped = _cast(settings, world, wanted)
        world.population.open()
        _introduce(world)
        life = Life(world)
        products = world.catalogue.products
        for done, product in enumerate(products):
            life.run(product)
            if advance is not None and done % 64 == 0:
                advance(done, len(products))
        if advance is not None:
            advance(len(products), len(products))
        counts = {topic: file.count for topic, file in outputs.files.items()}
    _write_truth(folder / "truth.jsonl", settings, records, counts)
    return Summary(
        counts,
        sum(r.kind == "planted" for r in records),
        sum(r.kind == "lookalike" for r in records),
        tuple(skipped),
    )


def _make(settings: Settings, outputs: Outputs) -> World:
    clock = Clock(settings.start, settings.days)
    identity = Identity(settings.seed)
    taxonomy = read_taxonomy()
    buyers = max(int(BUYERS * settings.size), 150)
    sellers = max(int(SELLERS * settings.size), 60)
    return World(
        seed=settings.seed,
        clock=clock,
        identity=identity,
        taxonomy=taxonomy,
        population=Population(settings.seed, buyers, clock, identity, taxonomy),
        catalogue=Catalogue(
            settings.seed, sellers, ORDERS * settings.size, clock, identity, taxonomy
        ),
        texts=Texts(settings.phrasing),
        outputs=outputs,
    )


def _scenarios(settings: Settings, wanted: list[Scenario]) -> Iterator[Scenario]:
    yield from wanted
    for kind in _KINDS:
        count = max(FEWEST, round(size(kind) * settings.size))
        yield from deal(kind, count, stream(settings.seed, "deal", kind))


def _cast(
    settings: Settings, world: World, wanted: list[Scenario]
) -> tuple[list[Record], list[str]]:
    stage = Stage(world)
    records: list[Record] = []
    skipped: list[str] = []
    for number, scenario in enumerate(_scenarios(settings, wanted)):
        record = Record(
            number,
            scenario.kind,
            scenario.clause,
            scenario.name,
            scenario.variant,
            scenario.difficulty,
            "amazon.se",
            scenario.also,
            scenario.tolerated,
            world.clock,
        )
        rng: Random = stream(settings.seed, "case", number, scenario.name, scenario.variant)
        try:
            scenario.plan(Casting(stage, record, rng))
        except NoRoom as error:
            skipped.append(f"{scenario.name}:{scenario.variant} ({error})")
        else:
            records.append(record)
    return records, skipped


def _introduce(world: World) -> None:
    """Write who there is and what is listed: accounts, identifiers, relations, listings."""
    people, clock, identity = world.population, world.clock, world.identity
    for buyer in range(people.size):
        account = people.id[buyer]
        world.registers(account, "buyer", people.joined[buyer])
        for tie in people.ties(buyer):
            world.is_seen_with(account, tie.kind, tie.identifier, tie.at)
    rng = stream(world.seed, "introductions")
    for agency in world.catalogue.agencies:
        world.registers(agency, "partner", clock.start - int((1_050 + rng.random() * 90) * DAY))
        world.is_seen_with(
            agency, "tax_id", identity.identifier("tax_id", agency), clock.start - 1_000 * DAY
        )
    for seller in world.catalogue.sellers:
        joined = seller.joined
        world.registers(seller.owner, "seller", joined, seller.id)
        for kind, share in _OWNERS_ARE_SEEN_WITH:
            if rng.random() < share:
                at = joined + MINUTE + int(rng.random() * 2 * HOUR)
                world.is_seen_with(
                    seller.owner,
                    kind,
                    identity.identifier(kind, "owner", seller.index),
                    at,
                )
        for account in seller.staff:
            at = joined + int((1 + rng.random() * 8) * DAY)
            world.registers(account, "staff", at, seller.id)
            world.is_related(account, seller.id, "employee", at + HOUR)
            world.is_seen_with(account, "device", identity.identifier("device", account), at + HOUR)
        for account, relation in seller.partners:
            world.is_related(account, seller.id, relation, joined + int(rng.random() * 9 * DAY))
    for product in world.catalogue.products:
        world.lists(product, product.listed)
        if product.parent is not None:
            world.joins(product, product.parent, product.theme, product.listed + 3 * HOUR)


def _write_truth(
    path: Path, settings: Settings, records: list[Record], counts: dict[str, int]
) -> None:
    head = {
        "kind": "world",
        "seed": settings.seed,
        "scale": settings.scale,
        "days": settings.days,
        "start": settings.start.isoformat(),
        "phrasing": settings.phrasing,
        "events": counts,
    }
    with path.open("wb") as out:
        out.write(msgspec.json.encode(head) + b"\n")
        for record in records:
            if record.acts:
                out.write(msgspec.json.encode(record.as_json()) + b"\n")
