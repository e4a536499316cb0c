"""The configuration: declared once as typed settings with defaults, read from one TOML file.

The declarations make the file's checks, `docs/configuration.md` and the example file; a detector's
settings go into its fingerprint.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from detectors.api import Detector
from detectors.registry import DETECTORS
from pipeline.cases import CaseSettings
from pipeline.errors import StarwatchError
from pipeline.explain import UnknownLanguageError, load
from pipeline.intake import IntakeSettings
from pipeline.kafka.layout import TopicNames
from pipeline.live.settings import LiveSettings
from pipeline.topology import Topology

DEFAULT_FILE = "starwatch.toml"


class ConfigError(StarwatchError):
    """The configuration cannot be used; the message says where, what and what to do."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    topics: TopicNames = msgspec.field(default_factory=TopicNames)
    intake: IntakeSettings = msgspec.field(default_factory=IntakeSettings)
    cases: CaseSettings = msgspec.field(default_factory=CaseSettings)
    live: LiveSettings = msgspec.field(default_factory=LiveSettings)
    detectors: dict[str, Any] = msgspec.field(default_factory=dict)
    """Settings of each detector by its name."""

    def enabled(self) -> list[Detector]:
        """The detectors that run, in catalogue order."""
        return [d for d in map(self.detector, DETECTORS) if d.settings.enabled]

    def detector(self, kind: type[Detector]) -> Detector:
        """A detector with its settings."""
        return kind(settings=self.detectors.get(kind.name, kind.settings_type()))

    def topology(self) -> Topology:
        """The topology of the enabled detectors."""
        return Topology(self.enabled())


SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "topics": TopicNames,
    "intake": IntakeSettings,
    "cases": CaseSettings,
    "live": LiveSettings,
}


def read(path: Path | None) -> Config:
    """The configuration of a file; of `starwatch.toml` here if there is one; else the defaults."""
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.exists():
            return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return parse(text, str(path))


def parse(text: str, name: str = DEFAULT_FILE) -> Config:
    """The configuration of a TOML text; `name` is what errors call it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not TOML: {error}") from None
    _known(name, "", raw, [*SECTIONS, "detectors"])
    values: dict[str, Any] = {
        s: _section(name, s, t, raw[s]) for s, t in SECTIONS.items() if s in raw
    }
    detectors = raw.get("detectors", {})
    _table(name, "detectors", detectors)
    types = {d.name: d.settings_type for d in DETECTORS}
    _known(name, "detectors", detectors, list(types))
    values["detectors"] = {
        d: _section(name, f"detectors.{d}", types[d], table) for d, table in detectors.items()
    }
    config = Config(**values)
    try:
        load(config.cases.language)
    except UnknownLanguageError as error:
        raise ConfigError(f"{name}: cases.language: {error}") from None
    return config


def _table(name: str, where: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: {where}: expected a table ([{where}]), found {value!r}")


def _known(name: str, where: str, table: Mapping[str, Any], known: list[str]) -> None:
    for key in table:
        if key not in known:
            at = f"{where}.{key}" if where else key
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"{name}: {at}: unknown key; {hint}")


def _section(name: str, where: str, kind: type[msgspec.Struct], value: Any) -> Any:
    _table(name, where, value)
    _known(name, where, value, [f.encode_name for f in msgspec.structs.fields(kind)])
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise ConfigError(f"{name}: {where}{path.rstrip('`')}: {what}") from None


@cache
def describe(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What each setting means: the string below its declaration."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base in (msgspec.Struct, object) or not issubclass(base, msgspec.Struct):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)  # noqa: S101 - narrows for the type checker
        for node, after in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                found[node.target.id] = " ".join(after.value.value.split())
    return found


def settings() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every section with its type, in the order of the documentation."""
    yield from SECTIONS.items()
    for d in DETECTORS:
        yield f"detectors.{d.name}", d.settings_type


def reference() -> str:
    """`docs/configuration.md`, from the declarations."""
    lines = [
        "# Configuration",
        "",
        "Generated from the declarations by `make docs`. One TOML file, `starwatch.toml` here or",
        "`--config FILE`; every key is optional.",
    ]
    for where, kind in settings():
        texts, hints = describe(kind), get_type_hints(kind)
        lines += [
            "",
            f"## [{where}]",
            "",
            "| key | type | default | meaning |",
            "|---|---|---|---|",
        ]
        default = kind()
        for f in msgspec.structs.fields(kind):
            value = msgspec.json.encode(getattr(default, f.name)).decode()
            kind_name = getattr(hints[f.name], "__name__", str(hints[f.name]))
            lines.append(
                f"| `{f.encode_name}` | {kind_name} | `{value}` | {texts.get(f.name, '')} |"
            )
    return "\n".join(lines) + "\n"
