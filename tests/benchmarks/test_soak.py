"""Steady load, what is measured meanwhile, and what is told of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from benchmarks.chart import HEIGHT, MARGIN, WIDTH, Line, Panel, chart
from benchmarks.load import FIRST_BLOCK, Load
from benchmarks.pauses import longest
from benchmarks.soak import FLAT, trend
from benchmarks.steady import described, slices


def test_only_the_second_half_counts() -> None:
    times = [float(n) for n in range(100)]
    grows_first = [10.0 * min(n, 50) for n in range(100)]
    found = trend(times, grows_first)
    assert found.mean == pytest.approx(500)
    assert found.rise == pytest.approx(0, abs=1e-9)
    assert found.is_flat


def test_a_leak_is_not_flat() -> None:
    times = [float(n) for n in range(100)]
    leaks = [1000.0 + 10 * n + (-1) ** n * 200 for n in range(100)]
    found = trend(times, leaks)
    assert found.rise == pytest.approx(490, rel=0.1)
    assert not found.is_flat
    slow = trend(times, [1000.0 + 0.9 * FLAT * 1000 * n / 49 for n in range(100)])
    assert slow.is_flat


def test_a_block_is_sent_in_pieces_of_about_one_size() -> None:
    block = {"reviews": [f"r{n}" for n in range(70)], "votes": [f"v{n}" for n in range(33)]}
    pieces = list(slices(block, 10))
    assert {topic: [line for p in pieces for line in p[topic]] for topic in block} == block
    assert {sum(map(len, piece.values())) for piece in pieces} <= {10, 11}


def test_a_load_begins_when_it_is_told_to_and_keeps_its_population() -> None:
    start = datetime(2021, 3, 1, tzinfo=UTC)
    load = Load(20_000, 100, 1, start=start, population=3_000)
    blocks = list(load.blocks(2_000))
    lines = [json.loads(line) for block in blocks for of in block.values() for line in of]
    assert len(lines) == 20_000
    assert sum(map(len, blocks[0].values())) == FIRST_BLOCK
    assert {sum(map(len, block.values())) for block in blocks[1:-1]} == {2_000}
    assert "2021-03-01" <= min(line["occurred_at"] for line in lines) < "2021-03-02"
    assert max(line["occurred_at"] for line in lines) < "2021-06-10"
    sellers = {line["seller_id"] for line in lines if "seller_id" in line}
    assert len(sellers) <= 10
    assert len({line["product_id"] for line in lines if "product_id" in line}) <= 50


def test_a_span_without_checkpoints_counts_where_it_overlaps() -> None:
    times = [1.0, 2.0, 8.0, 9.0, 20.0]
    assert longest(times, 3.0, 4.0) == 6.0
    assert longest(times, 8.5, 8.7) == 1.0
    assert longest(times, 0.0, 30.0) == 11.0
    assert longest([], 3.0, 5.0) == 2.0


def test_latencies_are_told_in_a_line() -> None:
    told = described([0.5] * 98 + [1.0, 7.0])
    assert told.startswith("p50 0.50 s, p99 1.06 s, most 7.00 s")
    assert described([]) == "none"


def test_curves_fill_their_panels_and_names_are_escaped() -> None:
    panels = [Panel("a < b", [Line("x & y", [0.0, 5.0, 10.0], [0.0, 50.0, 100.0])]), Panel("", [])]
    root = ET.fromstring(chart("<soak>", "minutes", panels))  # noqa: S314 - made a line above
    space = "{http://www.w3.org/2000/svg}"
    (curve,) = root.findall(f"{space}polyline")
    points = [tuple(map(float, p.split(","))) for p in curve.attrib["points"].split()]
    middle = (MARGIN + WIDTH / 2, MARGIN + HEIGHT / 2)
    assert points == [(MARGIN, MARGIN + HEIGHT), middle, (MARGIN + WIDTH, MARGIN)]
    assert {"a < b", "x & y", "<soak>"} <= {of.text for of in root.iter()}
