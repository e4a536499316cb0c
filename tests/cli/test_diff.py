"""Two runs' cases compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.compare import FIELDS, compare
from schemas.alerts import Alert
from tests.scorer.truths import alert

EVENT = {"event_id": "e1", "type": "review", "occurred_at": "2025-01-01T00:00:00Z", "detail": "d"}
SOURCE = {"topic": "reviews", "partition": 0, "offset": 7}
KEPT = alert(sellers=["kept"], evidence=[EVENT])
GONE = alert(sellers=["gone"], score=0.7)
NEW = alert("review_ring", accounts=["a", "b"])


def changed(case: Alert, **fields: Any) -> Alert:
    return msgspec.structs.replace(case, **fields)


def run(folder: Path, a: Sequence[Alert], b: Sequence[Alert], *options: str) -> tuple[int, str]:
    for name, cases in (("a", a), ("b", b)):
        (folder / name).write_bytes(msgspec.json.Encoder().encode_lines(cases))
    done = CliRunner().invoke(app, ["diff", str(folder / "a"), str(folder / "b"), *options])
    return done.exit_code, done.stdout


def test_the_same_cases_are_no_difference(tmp_path: Path) -> None:
    elsewhere = alert(sellers=["kept"], evidence=[EVENT | {"source": SOURCE}], revision=9)
    assert run(tmp_path, [KEPT], [elsewhere]) == (0, "")


def test_withdrawn_is_as_good_as_never_there(tmp_path: Path) -> None:
    assert run(tmp_path, [KEPT, changed(GONE, status="withdrawn")], [KEPT]) == (0, "")
    status, shown = run(tmp_path, [KEPT, GONE], [KEPT, changed(GONE, status="withdrawn")])
    assert status == 3
    assert shown.startswith("gone ")


def test_new_gone_and_changed_are_told(tmp_path: Path) -> None:
    status, shown = run(tmp_path, [KEPT, GONE], [changed(KEPT, score=0.6, reviews=["r1"]), NEW])
    assert status == 3
    kinds = {line.split()[0]: line for line in shown.splitlines()}
    assert set(kinds) == {"new", "gone", "changed"}
    assert "score 0.9 to 0.6, reviews +1 -0" in kinds["changed"]


def test_json_holds_both_sides(tmp_path: Path) -> None:
    _, shown = run(tmp_path, [KEPT], [changed(KEPT, explanation="Other."), NEW], "--json")
    found = {line["kind"]: line for line in map(json.loads, shown.splitlines())}
    assert found["new"]["before"] is None
    assert found["changed"]["fields"] == ["explanation"]
    assert found["changed"]["after"]["explanation"] == "Other."


def test_what_is_ignored_does_not_differ(tmp_path: Path) -> None:
    other = changed(KEPT, score=0.6)
    assert run(tmp_path, [KEPT], [other], "--ignore", "score") == (0, "")
    assert run(tmp_path, [KEPT], [other], "--ignore", "detectors")[0] == 3
    assert run(tmp_path, [KEPT], [other], "--ignore", "scores")[0] == 2, "an unknown field"


def test_names_of_the_file_do_not_steer_the_terminal(tmp_path: Path) -> None:
    _, shown = run(tmp_path, [], [alert(sellers=["\x1b[31mred"])])
    assert "\x1b" not in shown


def test_a_line_that_is_no_alert_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"{}\n")
    done = CliRunner().invoke(app, ["diff", str(tmp_path / "bad"), str(tmp_path / "bad")])
    assert done.exit_code == 1
    assert "bad, line 1: not an alert" in str(done.exception)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_counts(field: str) -> None:
    case = changed(KEPT, evidence=[])
    other = changed(case, **{field: KEPT.evidence})
    assert [each.fields for each in compare([case], [other])] == [(field,)]
