"""Writes what can be derived from the contracts: JSON Schemas, AsyncAPI, and each service's OpenAPI document.

python -m contracts.generate            write contracts/generated
python -m contracts.generate --check    name what is stale and fail
python -m contracts.generate --publish  make the present schemas the baseline that later ones must keep
"""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from contracts import topology
from contracts.compat import incompatibilities
from contracts.fields import Day, Instant
from contracts.registry import EventType, all_types

ROOT = Path(__file__).resolve().parent
GENERATED = ROOT / "generated"
PUBLISHED = GENERATED / "published"

Json = dict[str, Any]


# -- JSON Schema --------------------------------------------------------------------------------------------------


def json_schema(declared: type[EventType]) -> Json:
    """The data of one type as JSON Schema 2020-12; unknown properties are welcome."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{declared.type}.v{declared.version}.json",
        "title": declared.type,
        "description": sentence(declared),
        "x-owner": declared.owner,
        "x-consumers": list(declared.consumers),
        **_object(declared()),
    }


def envelope_schema() -> Json:
    """The envelope that goes round every message, for those outside."""
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "envelope.v1.json",
        "title": "CloudEvents 1.0 envelope",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "Id of the event; one effect per consumer and id."},
            "source": {**text, "description": "Producing service, such as /filing."},
            "type": {**text, "description": "Event type; also the routing key."},
            "subject": {**text, "description": "Id of the aggregate."},
            "time": {**text, "format": "date-time", "description": "When it happened."},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {**text, "description": "contracts/<type>/v<major>."},
            "sequence": {"type": "integer", "minimum": 0, "description": "Grows with every event of one subject."},
            "correlationid": {**text, "description": "Case number."},
            "causationid": {**text, "description": "Id of the event that led to this one."},
            "actorid": {**text, "description": "Who acted: person:, legal:, staff: or service:."},
            "orgid": {**text, "description": "Organisation concerned."},
            "regionid": {**text, "description": "Region concerned."},
            "traceparent": {**text, "description": "W3C trace context."},
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
        "additionalProperties": True,
    }


def sentence(declared: type[EventType]) -> str:
    """What a type means, from its docstring."""
    return " ".join((declared.__doc__ or "").split())


def _object(schema: Schema) -> Json:
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in schema.fields.items()},
        "required": sorted(name for name, field in schema.fields.items() if field.required),
        "additionalProperties": True,
    }


def _property(field: fields.Field) -> Json:
    result: Json = _bare(field)
    if field.allow_none:
        result["type"] = [result["type"], "null"]
    description = field.metadata.get("description")
    if description:
        result["description"] = description
    for validator in field.validators:
        _limit(result, validator, bool(field.allow_none))
    return result


def _bare(field: fields.Field) -> Json:
    match field:
        case fields.Nested():
            return _object(field.schema if isinstance(field.schema, Schema) else field.schema())
        case fields.List():
            return {"type": "array", "items": _property(field.inner)}
        case fields.Dict():
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case Day():
            return {"type": "string", "format": "date"}
        case Instant():
            return {"type": "string", "format": "date-time"}
        case fields.String():
            return {"type": "string"}
        case fields.Boolean():
            return {"type": "boolean"}
        case fields.Integer():
            return {"type": "integer"}
        case fields.Float():
            return {"type": "number"}
    raise TypeError(f"no JSON Schema for {type(field).__name__}")


def _limit(result: Json, validator: Any, nullable: bool) -> None:
    match validator:
        case OneOf():
            result["enum"] = [*validator.choices, None] if nullable else list(validator.choices)
        case Regexp():
            result["pattern"] = validator.regex.pattern
        case Range():
            if validator.min is not None:
                result["minimum"] = validator.min
            if validator.max is not None:
                result["maximum"] = validator.max
        case Length(equal=int(size)):
            result["minItems"] = result["maxItems"] = size


# -- AsyncAPI -----------------------------------------------------------------------------------------------------


def asyncapi() -> Json:
    """Every published type with who sends and who receives it, as AsyncAPI 3.0."""
    published = {name: declared for name, declared in all_types().items() if declared.published}
    channels: Json = {}
    operations: Json = {}
    messages: Json = {}
    for name, declared in published.items():
        exchange = topology.exchange_of(name)
        channels[name] = {
            "address": name,
            "summary": sentence(declared),
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {
                        "name": exchange,
                        "type": "direct" if declared.channel == "commands" else "topic",
                        "durable": True,
                    },
                }
            },
        }
        messages[name] = {
            "name": name,
            "title": declared.__name__,
            "summary": sentence(declared),
            "contentType": "application/cloudevents+json",
            "payload": {
                "allOf": [
                    {"$ref": "./envelope.v1.json"},
                    {
                        "properties": {
                            "type": {"const": name},
                            "data": {"$ref": f"./events/{name}.v{declared.version}.json"},
                        }
                    },
                ]
            },
        }
        if declared.channel == "events":
            operations[f"{declared.owner}.send.{name}"] = _operation("send", name, declared.owner)
        for consumer in declared.consumers:
            operations[f"{consumer}.receive.{name}"] = _operation("receive", name, consumer)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yiwangtong 一网通",
            "version": "1",
            "description": "Events and commands between the services of the online government-service hall. "
            "Each message is a CloudEvents 1.0 envelope in structured JSON mode.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _operation(action: str, name: str, service: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{name}"}, "tags": [{"name": service}]}


# -- files --------------------------------------------------------------------------------------------------------


def contract_files() -> dict[Path, str]:
    """What follows from the contracts alone, by path."""
    files = {
        GENERATED / "events" / f"{name}.v{declared.version}.json": _json(json_schema(declared))
        for name, declared in all_types().items()
        if declared.published
    }
    files[GENERATED / "envelope.v1.json"] = _json(envelope_schema())
    files[GENERATED / "asyncapi.yaml"] = _yaml(asyncapi())
    return files


def openapi_files() -> dict[Path, str]:
    """The OpenAPI document of every service found beside the contracts; none when there are no services."""
    found = sorted(path.parent.name for path in (ROOT.parent / "services").glob("*/service.py"))
    files = {}
    for name in found:
        module = importlib.import_module(f"services.{name}.service")
        files[GENERATED / "openapi" / f"{name}.yaml"] = _yaml(module.service.openapi())
    return files


def stale(files: dict[Path, str], folders: tuple[str, ...]) -> list[str]:
    """Names of files that differ from what they should be, or should not be there at all."""
    wrong = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return sorted(str(path.relative_to(ROOT.parent)) for path in [*wrong, *_leftover(files, folders)])


def write(files: dict[Path, str], folders: tuple[str, ...]) -> None:
    """Write the files and remove those of types that are gone."""
    for path in _leftover(files, folders):
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def publish() -> list[str]:
    """Make the present schemas the baseline; what would break it is named and nothing is written."""
    schemas = {
        PUBLISHED / f"{name}.v{declared.version}.json": json_schema(declared)
        for name, declared in all_types().items()
        if declared.published
    }
    broken = [
        f"{path.name}: {fault}"
        for path, schema in schemas.items()
        if path.exists()
        for fault in incompatibilities(json.loads(path.read_text(encoding="utf-8")), schema)
    ]
    if not broken:
        for path, schema in schemas.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_json(schema), encoding="utf-8")
    return broken


def _leftover(files: dict[Path, str], folders: tuple[str, ...]) -> list[Path]:
    return [path for folder in folders for path in sorted((GENERATED / folder).glob("*.*")) if path not in files]


def _json(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


class _Plain(yaml.SafeDumper):
    """No anchors: every part of the document can be read where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(document: Json) -> str:
    return yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__.splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; name what is stale and fail")
    choice.add_argument("--publish", action="store_true", help="make the present schemas the published baseline")
    options = parser.parse_args(arguments)

    if options.publish:
        broken = publish()
        for fault in broken:
            print(f"breaks the published contract: {fault}", file=sys.stderr)
        return 1 if broken else 0

    files = contract_files() | openapi_files()
    folders = ("events", "openapi")
    if options.check:
        names = stale(files, folders)
        for name in names:
            print(f"stale: {name} (run: python -m contracts.generate)", file=sys.stderr)
        return 1 if names else 0
    write(files, folders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
