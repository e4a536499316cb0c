"""The load generator."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.load import Load, app, write
from pipeline.files import find
from schemas.decode import decode
from schemas.events import EVENT_TYPES, TOPIC_OF_TYPE, Event, ReviewPosted

EVENTS, DAYS = 30_000, 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("load")
    assert list(write(EVENTS, DAYS, 7, out))[-1] == EVENTS
    return out


@pytest.fixture(scope="module")
def events(folder: Path) -> dict[str, list[Event]]:
    """Decoding is the check that they fit the contract."""
    return {
        str(f.topic): [decode(raw) for raw in f.path.read_bytes().splitlines()]
        for f in find([folder])
    }


def test_every_type_is_there_in_its_file(events: dict[str, list[Event]]) -> None:
    found = Counter(e.type for es in events.values() for e in es)
    assert set(found) == set(EVENT_TYPES)
    assert found.total() == EVENTS
    assert all(TOPIC_OF_TYPE[e.type] == topic for topic, es in events.items() for e in es)
    assert len({e.event_id for es in events.values() for e in es}) == EVENTS


def test_files_are_in_the_order_of_event_time(events: dict[str, list[Event]]) -> None:
    for es in events.values():
        assert all(a.occurred_at <= b.occurred_at for a, b in pairwise(es))
    times = [e.occurred_at for es in events.values() for e in es]
    assert 0.95 * DAYS < (max(times) - min(times)).days <= DAYS


def test_products_are_unequal_and_texts_differ(events: dict[str, list[Event]]) -> None:
    posted = [e for e in events["reviews"] if isinstance(e, ReviewPosted)]
    by_product = Counter(e.product_id for e in posted)
    shares = [n for _, n in by_product.most_common()]
    assert shares[0] > 10 * shares[len(shares) // 2]
    assert len({e.text for e in posted}) > 0.99 * len(posted)
    assert 0.5 < sum(e.verified_purchase is True for e in posted) / len(posted) < 0.9


def test_identifiers_are_shared_as_in_life(events: dict[str, list[Event]]) -> None:
    users: dict[tuple[str, str], set[str]] = {}
    for e in events["accounts"]:
        if e.type == "account.identified":
            users.setdefault((e.identifier_type, e.identifier), set()).add(e.account_id)  # type: ignore[attr-defined]
    most = {
        kind: max(len(a) for (k, _), a in users.items() if k == kind)
        for kind in ("ip", "bank_account")
    }
    assert most["ip"] > 50
    assert most["bank_account"] == 1


def test_the_seed_decides(folder: Path) -> None:
    def lines(seed: int) -> list[str]:
        return [x for b in Load(EVENTS, DAYS, seed).blocks() for x in b["votes"]]

    again = lines(7)
    assert (folder / "votes.jsonl").read_text(encoding="utf-8").splitlines() == again
    assert lines(8) != again


def test_the_command_writes_as_many_as_asked(tmp_path: Path) -> None:
    args = ["--events", "1234", "--days", "3", "--seed", "2", "--out", str(tmp_path / "out")]
    ran = CliRunner().invoke(app, args)
    assert ran.exit_code == 0, ran.output
    files = sorted((tmp_path / "out").iterdir())
    assert sum(len(f.read_bytes().splitlines()) for f in files) == 1234
