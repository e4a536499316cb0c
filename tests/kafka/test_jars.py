"""The broker's jars: only what was locked is ever used."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import broker
from pipeline.broker import jars


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of its own that holds every jar."""
    copy = tmp_path / "jars"
    copy.mkdir()
    for path in jars.class_path():
        os.link(path, copy / path.name) if _same_disk(path, copy) else shutil.copy(path, copy)
    return copy


def _same_disk(a: Path, b: Path) -> bool:
    return a.stat().st_dev == b.stat().st_dev


def replace(path: Path, content: bytes) -> None:
    """New content in a new file: the old one may be shared with the real cache."""
    path.unlink()
    path.write_bytes(content)


def test_the_lock_names_a_whole_broker() -> None:
    locked = jars.read_lock()
    by_name = {jar.artifact: jar for jar in locked}
    assert len(by_name) == len(locked) == 46
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in locked)
    ours = [jar.version for jar in locked if jar.group == "org.apache.kafka"]
    assert ours == ["4.3.1"] * len(ours)  # a mix of releases would start and fail oddly
    logging = {v.version for k, v in by_name.items() if k.startswith("log4j-")}
    assert "log4j-slf4j-impl" in by_name
    assert len(logging) == 1


def test_a_full_cache_needs_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert [path.parent for path in jars.class_path(cache)] == [cache] * 46


def test_a_jar_that_was_changed_is_refused(cache: Path) -> None:
    changed = next(cache.glob("kafka-clients-*.jar"))
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    replace(changed, bytes(content))
    with pytest.raises(broker.BrokerError) as caught:
        jars.class_path(cache)
    assert "org.apache.kafka:kafka-clients:4.3.1 is not the jar that was locked" in str(
        caught.value
    )
    assert f"Delete {changed}" in str(caught.value)
    assert changed.exists()


def test_a_broker_does_not_start_on_a_changed_jar(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(next(cache.glob("slf4j-api-*.jar")), b"not a jar")
    home = tmp_path / "home"
    (home / "starwatch").mkdir(parents=True)
    cache.rename(home / "starwatch" / "kafka-jars")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    with pytest.raises(broker.BrokerError, match="slf4j-api"):
        broker.start(port=0, data_dir=tmp_path / "data")
    assert broker.running() == []
    assert not (tmp_path / "data").exists()


class _Mirror(http.server.SimpleHTTPRequestHandler):
    """A repository on this machine, quiet."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as the user's mirror, and is all there is of the network."""
    root = tmp_path / "repository"
    root.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *a: _Mirror(*a, directory=str(root))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = tmp_path / "config"
    settings.mkdir()
    address = f"http://127.0.0.1:{server.server_port}"
    (settings / "jgo.conf").write_text(f"[repositories]\nmirror = {address}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    yield root
    server.shutdown()
    server.server_close()
    thread.join()


def _serve(root: Path, jar: jars.Jar, content: bytes) -> None:
    folder = root.joinpath(*jar.group.split("."), jar.artifact, jar.version)
    folder.mkdir(parents=True)
    (folder / jar.file_name).write_bytes(content)


def test_missing_jars_are_fetched_from_the_users_mirror(cache: Path, mirror: Path) -> None:
    chosen = jars.read_lock()[:3]
    for jar in chosen:
        _serve(mirror, jar, (cache / jar.file_name).read_bytes())
        (cache / jar.file_name).unlink()
    assert jars.missing(cache) == 3
    assert len(jars.class_path(cache)) == 46
    assert jars.missing(cache) == 0
    assert not list(cache.glob("fetching-*"))


def test_what_a_mirror_made_up_never_reaches_the_cache(cache: Path, mirror: Path) -> None:
    jar = jars.read_lock()[0]
    _serve(mirror, jar, b"something else")
    (cache / jar.file_name).unlink()
    with pytest.raises(broker.BrokerError, match="is not the jar that was locked"):
        jars.class_path(cache)
    assert not (cache / jar.file_name).exists()


def test_without_network_the_message_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(broker.BrokerError) as caught:
        jars.class_path(tmp_path / "empty")
    message = str(caught.value)
    assert "Cannot fetch 46 of the jars" in message
    assert "Tried https://" in message
    assert "--bootstrap-servers" in message
