"""`starwatch score` and what it reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.scorer import read_alerts, read_context, read_truth
from pipeline.scorer.alerts import AlertsError
from pipeline.scorer.context import EventsError
from pipeline.scorer.truth import Planted, Truth, TruthError
from tests.scorer.truths import alert, ids, lookalike, oracle, planted, truth

WORLD = truth(
    planted("offer", sellers=["S"], reviews=ids("r", 6), accounts=ids("a", 6), messages=["m"]),
    planted("ring", "review_ring", variant="\x1b[31mred", reviews=ids("o", 20)),
    lookalike("fans", reviews=ids("f", 8), accounts=ids("fa", 5)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A world's truth and the oracle's alerts, with a stray one and one about the lookalike."""
    write_truth(tmp_path / "truth.jsonl", WORLD)
    alerts = [
        *oracle(WORLD),
        alert(sellers=["X"], score=0.55),
        alert("review_ring", accounts=ids("fa", 5)),
    ]
    (tmp_path / "alerts.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(alerts))
    return tmp_path


def write_truth(path: Path, world: Truth) -> None:
    """As the simulator writes it."""
    lines = [world.world, *world.planted, *world.lookalikes]
    path.write_bytes(msgspec.json.Encoder(order="sorted").encode_lines(lines))


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the command."""
    result = CliRunner().invoke(app, ["score", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_truth_is_read_as_it_was_written(folder: Path) -> None:
    read = read_truth(folder / "truth.jsonl")
    assert [p.case for p in read.planted] == ["offer", "ring"]
    assert read.planted[0].reviews == WORLD.planted[0].reviews
    assert read.lookalikes[0].name == "shared_taste"
    assert read.organic_events == 1_000_000 - 20


def test_the_tables_name_clauses_variants_and_lookalikes(folder: Path) -> None:
    status, out, _ = run(folder, folder / "alerts.jsonl")
    assert status == 0
    for part in ("By clause", "incentive_offer", "2/2", "shared_taste", "1 review_ring", "Brier"):
        assert part in out


def test_names_of_the_file_do_not_steer_the_terminal(folder: Path) -> None:
    _, out, _ = run(folder, folder / "alerts.jsonl")
    assert "\x1b" not in out
    assert r"\x1b[31mred" in out


def test_json_is_one_object_on_stdout(folder: Path) -> None:
    status, out, _ = run(folder / "truth.jsonl", folder / "alerts.jsonl", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["overall"]["cases"]["recall"]["value"] == 1
    assert found["overall"]["alerts"]["precision"]["value"] == 0.5
    assert found["clauses"]["review_ring"]["alerts"]["outcomes"]["lookalike"] == 1


def test_the_curve_is_drawn(folder: Path) -> None:
    status, _, _ = run(folder, folder / "alerts.jsonl", "--reliability", folder / "curve.svg")
    assert status == 0
    picture = ElementTree.fromstring((folder / "curve.svg").read_text())  # noqa: S314 - our own
    circles = picture.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 2  # 0.5 to 0.6 and 0.9 to 1.0


def test_outcomes_are_listed(folder: Path) -> None:
    run(folder, folder / "alerts.jsonl", "--outcomes", folder / "outcomes.jsonl")
    lines = [json.loads(line) for line in (folder / "outcomes.jsonl").read_text().splitlines()]
    by_kind = {
        kind: [line for line in lines if line["kind"] == kind]
        for kind in ("alert", "planted", "lookalike")
    }
    assert sorted(line["outcome"] for line in by_kind["alert"]) == [
        "hit", "hit", "lookalike", "stray",
    ]  # fmt: skip
    assert [line["found"] for line in by_kind["planted"]] == [True, True]
    assert len(by_kind["lookalike"][0]["alerts"]) == 1


def test_the_events_tell_who_acts_for_a_seller(folder: Path) -> None:
    events = [
        {"type": "account.registered", "account_id": "clerk", "seller_id": "S", "role": "staff"},
        {"type": "relation.declared", "account_id": "cousin", "seller_id": "S"},
        {"type": "account.registered", "account_id": "buyer"},
    ]
    messages = [
        {"message_id": "m", "sender_id": "helper", "direction": "to_buyer"},
        {"message_id": "n", "sender_id": "other", "direction": "to_buyer"},
    ]
    with gzip.open(folder / "accounts.jsonl.gz", "wb") as file:
        file.write(b"not json\n" + msgspec.json.Encoder().encode_lines(events))
    (folder / "seller-messages.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(messages))
    context = read_context(folder)
    assert context.behind(WORLD.planted[0]) == {"clerk", "cousin", "helper"}
    assert context.behind(WORLD.planted[1]) == set()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2"),
        (b'{"kind":"planted"}', "case"),
        (b'{"kind":"other"}', "other"),
        (b"\xff\xfe", "line 2"),
    ],
    ids=["no json", "missing field", "unknown kind", "no text"],
)
def test_a_bad_truth_is_named(folder: Path, line: bytes, says: str) -> None:
    path = folder / "truth.jsonl"
    path.write_bytes(msgspec.json.encode(WORLD.world) + b"\n" + line + b"\n")
    with pytest.raises(TruthError, match=says):
        read_truth(path)


def test_a_truth_without_a_world_is_refused(folder: Path) -> None:
    path = folder / "planted.jsonl"
    case: Planted = WORLD.planted[0]
    path.write_bytes(msgspec.json.encode(case, order="sorted") + b"\n")
    with pytest.raises(TruthError, match="world"):
        read_truth(path)


@pytest.mark.parametrize("field", ["clause", "last_event_at", "score"])
def test_a_bad_alert_is_named(folder: Path, field: str) -> None:
    broken = msgspec.to_builtins(alert(sellers=["S"])) | {field: "never"}
    path = folder / "bad.jsonl"
    path.write_bytes(b"\n" + msgspec.json.encode(broken) + b"\n")
    with pytest.raises(AlertsError, match="line 2"):
        read_alerts(path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"truth\.jsonl"):
        read_truth(tmp_path)
    with pytest.raises(AlertsError, match="nowhere"):
        read_alerts(tmp_path / "nowhere.jsonl")
    with pytest.raises(EventsError, match="nowhere"):
        read_context(tmp_path / "nowhere")
