"""The contract for other programs: a JSON Schema for every event, the alert and the dead letter,
and one AsyncAPI document. All of it is generated from the Structs.

A JSON Schema sees a parsed value and so says less than the decoder does: it takes 5.0 for an
integer, and knows nothing of a record's length and nesting, of bytes that are no JSON, and of
instants that only their offset moves out of the years 1 to 9999.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from schemas.alerts import Alert
from schemas.dead_letters import DeadLetter
from schemas.events import EVENT_TYPES, RECORD_BYTES, TOPICS

VERSION = "1.0.0"
"""Of the contract: of its names, fields and bounds."""

ALERTS = "alerts"
DEAD_LETTERS = "dead-letters"

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json: TypeAlias = dict[str, Any]


def export(directory: Path) -> list[Path]:
    """Write every document to `directory`, which is made where it is missing. Returns the files.

    Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    documents = {f"{name}.schema.json": json_schema(t, name) for name, t in _published().items()}
    documents["asyncapi.json"] = asyncapi()
    return [_write(directory / name, document) for name, document in documents.items()]


def json_schema(struct: type[Struct], name: str) -> Json:
    """The JSON Schema (2020-12) of one Struct, complete in itself."""
    parts = _components([struct], "#/$defs/{name}")
    schema = {"$schema": DIALECT, "$id": f"urn:starwatch:{VERSION}:{name}"}
    schema |= parts.pop(struct.__name__)
    return schema | {"$defs": parts} if parts else schema


def asyncapi() -> Json:
    """The AsyncAPI 3.0 document: topics as channels, what is sent there, who reads and writes."""
    published = _published()
    topics = {topic: [t.__name__ for t in types] for topic, types in TOPICS.items()}
    topics |= {ALERTS: [Alert.__name__], DEAD_LETTERS: [DeadLetter.__name__]}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:starwatch",
        "info": {
            "title": "Starwatch",
            "version": VERSION,
            "description": "Reads what happens on a marketplace and says which clause of the "
            "review policy is being broken, by whom, on what evidence.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, messages) for topic, messages in topics.items()},
        "operations": {_operation_id(topic): _operation(topic) for topic in topics},
        "components": {
            "messages": {t.__name__: _message(name, t) for name, t in published.items()},
            "schemas": _components(published.values(), "#/components/schemas/{name}"),
        },
    }


def _published() -> dict[str, type[Struct]]:
    return {**EVENT_TYPES, "alert": Alert, "dead-letter": DeadLetter}


def _components(structs: Iterable[type[Struct]], template: str) -> dict[str, Json]:
    _, parts = msgspec.json.schema_components(structs, ref_template=template)
    for part in parts.values():
        for name, field in part["properties"].items():
            if name == "type":
                # The tag is the one field that no annotation describes.
                field.setdefault("description", "Type of the event.")
            elif field.get("default") is not None:
                # The decoder takes `null` for the absence of any optional field.
                field["type"] = [field["type"], "null"]
    return parts


def _channel(topic: str, messages: list[str]) -> Json:
    channel: Json = {
        "address": topic,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }
    if topic in TOPICS:
        channel["description"] = (
            f"Events, one JSON object of at most {RECORD_BYTES:,} bytes a record, under any key. "
            "Unknown fields are ignored, and any type of event is admitted from any event topic."
        )
    elif topic == ALERTS:
        channel["description"] = "Revisions of cases under the key `case_id`; the latest holds."
        channel["bindings"] = {"kafka": {"topicConfiguration": {"cleanup.policy": ["compact"]}}}
    else:
        channel["description"] = "Records that were not admitted, each once, with the reason."
    return channel


def _operation_id(topic: str) -> str:
    return f"{_action(topic)}-{topic}"


def _operation(topic: str) -> Json:
    return {"action": _action(topic), "channel": {"$ref": f"#/channels/{topic}"}}


def _action(topic: str) -> str:
    return "receive" if topic in TOPICS else "send"


def _message(name: str, struct: type[Struct]) -> Json:
    return {
        "name": name,
        "summary": (struct.__doc__ or "").strip(),
        "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
    }


def _write(path: Path, document: Json) -> Path:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    return path
