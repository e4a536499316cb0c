"""Event files: finding, reading and merging them."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from pathlib import Path

import pytest

from pipeline.files import LINE_LIMIT, EventFile, FilesError, Merge, find


def read(*files: EventFile) -> list[tuple[str, int, bytes, int]]:
    return [(x.file.path.name, x.number, x.raw, x.length) for x in Merge(files)]


def test_a_folder_gives_the_contracts_files_and_no_others(tmp_path: Path) -> None:
    for name in ("votes.jsonl.gz", "reviews.jsonl", "truth.jsonl", "catalog.json", "x-votes.jsonl"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "orders.jsonl").mkdir()
    assert [(f.path.name, f.topic) for f in find([tmp_path])] == [
        ("reviews.jsonl", "reviews"),
        ("votes.jsonl.gz", "votes"),
    ]


def test_a_file_may_have_any_name_and_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(b"1\n")
    (tmp_path / "seller-messages.jsonl").write_bytes(b"2\n")
    found = find([tmp_path / "dump.txt", tmp_path, tmp_path / "seller-messages.jsonl"])
    assert [(f.path.name, f.topic) for f in found] == [
        ("dump.txt", None),
        ("seller-messages.jsonl", "seller-messages"),
    ]


def test_paths_that_give_nothing_are_named(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match=r"gone\.jsonl: no such file or folder"):
        find([tmp_path / "gone.jsonl"])
    with pytest.raises(FilesError, match=r"holds no event files.*reviews\.jsonl"):
        find([tmp_path])


def test_line_endings_blank_lines_and_a_missing_last_newline(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(b"a\r\n\n  \t\r\nb \n\r\n c\x00\xff\nlast")
    assert read(*find([path])) == [
        ("reviews.jsonl", 1, b"a", 1),
        ("reviews.jsonl", 4, b"b ", 2),
        ("reviews.jsonl", 6, b" c\x00\xff", 4),
        ("reviews.jsonl", 7, b"last", 4),
    ]


def test_gzip_reads_like_plain(tmp_path: Path) -> None:
    text = b"".join(b"line %d\n" % i for i in range(50_000))
    plain, packed = tmp_path / "votes.jsonl", tmp_path / "votes.jsonl.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text[:1000]) + gzip.compress(text[1000:]))  # two members
    assert [x[1:] for x in read(EventFile(plain, None))] == [
        x[1:] for x in read(EventFile(packed, None))
    ]


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b[:-900] + b"\x00" * 900, lambda b: b"{}\n"]
)
def test_a_damaged_gzip_file_says_how_far_it_was_read(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    rnd = random.Random(1)
    text = b"".join(b"%x\n" % rnd.getrandbits(400) for _ in range(20_000))
    path = tmp_path / "orders.jsonl.gz"
    path.write_bytes(damage(gzip.compress(text)))
    with pytest.raises(FilesError, match=r"orders\.jsonl\.gz: cannot be read beyond line \d+"):
        read(EventFile(path, "orders"))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_a_huge_line_is_cut_and_measured_without_being_held(tmp_path: Path, ending: bytes) -> None:
    size = 300 << 20
    path = tmp_path / "reviews.jsonl"
    with path.open("wb") as file:
        file.write(b"first\n")
        file.truncate(6 + size)
        file.seek(6 + size)
        file.write(ending + (b"after" if ending else b""))
    tracemalloc.start()
    try:
        found = [(x.number, x.raw[:5], len(x.raw), x.length) for x in Merge(find([path]))]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found[:2] == [(1, b"first", 5, 5), (2, b"\x00" * 5, LINE_LIMIT, size)]
    assert found[2:] == ([(3, b"after", 5, 5)] if ending else [])
    assert peak < 5 * LINE_LIMIT


def test_a_gzip_bomb_is_not_unpacked_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(b"x" * (1 << 20))
    tracemalloc.start()
    try:
        (line,) = Merge(find([path]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(line.raw), line.length) == (LINE_LIMIT, 300 << 20)
    assert peak < 5 * LINE_LIMIT


def merged(files: list[list[int | None]], tmp_path: Path) -> list[tuple[int, int | None]]:
    """The order in which files of event times come; None is a line that is not admitted."""
    found = []
    for i, times in enumerate(files):
        path = tmp_path / f"{i}.jsonl"
        path.write_text("".join(f"{t}\n" for t in times))
        found.append(EventFile(path, None))
    merge, order = Merge(found), []
    for line in merge:
        ts = None if line.raw == b"None" else int(line.raw)
        order.append((int(line.file.path.stem), ts))
        if ts is not None:
            merge.admitted(ts)
    return order


def test_files_keep_pace_in_event_time(tmp_path: Path) -> None:
    assert merged([[1, 5, 6], [2, 3, 9], [4]], tmp_path) == [
        (0, 1),
        (1, 2),
        (2, 4),
        (0, 5),
        (1, 3),
        (1, 9),
        (0, 6),
    ]


def test_a_line_that_is_not_admitted_passes_at_once_and_moves_nothing(tmp_path: Path) -> None:
    order = merged([[10, None, None, 11], [None, 5, 20]], tmp_path)
    assert order == [(0, 10), (1, None), (1, 5), (1, 20), (0, None), (0, None), (0, 11)]


def test_the_next_line_is_always_of_the_file_that_is_furthest_behind(tmp_path: Path) -> None:
    rnd = random.Random(7)
    files: list[list[int | None]] = [
        [rnd.choice([rnd.randrange(1000), None]) for _ in range(rnd.randrange(1, 80))]
        for _ in range(6)
    ]
    newest = [-1] * len(files)
    left = [len(times) for times in files]
    for i, ts in merged(files, tmp_path):
        behind = min((newest[j], j) for j in range(len(files)) if left[j])
        assert (newest[i], i) == behind
        left[i] -= 1
        newest[i] = max(newest[i], -1 if ts is None else ts)
    assert not any(left)


def test_progress_reaches_the_size_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "votes.jsonl").write_bytes(b"x\n" * 1000)
    with gzip.open(tmp_path / "reviews.jsonl.gz", "wb") as file:
        file.write(b"y\n" * 1000)
    merge = Merge(find([tmp_path]))
    assert merge.position == 0
    assert len(list(merge)) == 2000
    assert merge.position == merge.size == sum(f.stat().st_size for f in tmp_path.iterdir())
