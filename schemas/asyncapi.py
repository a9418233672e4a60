"""The topics as an AsyncAPI 3 document, seen from Groundswell: it receives events, sends tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import models_json_schema

from schemas.jsonschema import MODE, InOrder
from schemas.topics import TOPICS, TextKey

if TYPE_CHECKING:
    from schemas.fields import Contract
    from schemas.topics import Topic

_BINDING: Final = "0.5.0"
"""Version of the Kafka bindings of AsyncAPI."""

_ABOUT: Final = (
    "Groundswell reads events of customers from nine topics, and what people say back from one "
    "more; it keeps tables of counts, values and distinct customers for other services to read. "
    "All values are JSON objects in UTF-8. Readers must ignore fields they do not know, and must "
    "read with "
    "isolation.level=read_committed: what a crash left unfinished is in the log too."
)


def _schemas() -> dict[str, Any]:
    models = {}
    for topic in TOPICS.values():
        models[topic.model] = MODE[topic.direction]
        if not isinstance(topic.key, TextKey):
            models[topic.key] = MODE[topic.direction]
    _, found = models_json_schema(
        list(models.items()),
        ref_template="#/components/schemas/{model}",
        schema_generator=InOrder,
    )
    definitions: dict[str, Any] = found["$defs"]
    return definitions


def _identifier(topic: str) -> str:
    return re.sub(r"[^a-z]+(.)", lambda found: found[1].upper(), topic)


def _reference(model: type[Contract]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _key(topic: Topic) -> dict[str, Any]:
    if isinstance(topic.key, TextKey):
        text, example = topic.key
        return {"type": "string", "description": text, "examples": [example]}
    return _reference(topic.key)


def _message(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.model.__name__,
        "title": f"{topic.model.__name__} on {topic.name}",
        "summary": topic.about.partition("\n")[0],
        "description": topic.about,
        "contentType": "application/json",
        "payload": _reference(topic.model),
        "examples": [{"payload": example} for example in topic.examples],
        "bindings": {"kafka": {"key": _key(topic), "bindingVersion": _BINDING}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    policy = "compact" if topic.compacted else "delete"
    return {
        "address": topic.name,
        "title": topic.name,
        "description": topic.about,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {
            topic.model.__name__: {"$ref": f"#/components/messages/{_identifier(topic.name)}"}
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {"cleanup.policy": [policy]},
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation(topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{_identifier(topic.name)}"
    action, verb = ("receive", "Count") if topic.direction == "in" else ("send", "Publish")
    return {
        "action": action,
        "title": f"{verb} {topic.name}",
        "summary": topic.about.partition("\n")[0],
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{topic.model.__name__}"}],
    }


def document(version: str) -> dict[str, Any]:
    """Give the AsyncAPI document of all topics; `version` is Groundswell's."""
    names = {topic.name: _identifier(topic.name) for topic in TOPICS.values()}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:groundswell",
        "info": {
            "title": "Groundswell",
            "version": version,
            "description": _ABOUT,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
            "tags": [{"name": "kafka"}, {"name": "customer-experience"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{brokers}",
                "protocol": "kafka",
                "description": "The Kafka cluster that Groundswell works on.",
                "variables": {
                    "brokers": {
                        "default": "localhost:9092",
                        "description": "Addresses of brokers, as in kafka.brokers of the settings.",
                    }
                },
            }
        },
        "channels": {names[t.name]: _channel(t) for t in TOPICS.values()},
        "operations": {
            f"{'receive' if t.direction == 'in' else 'send'}{n[0].upper()}{n[1:]}": _operation(t)
            for t in TOPICS.values()
            for n in [names[t.name]]
        },
        "components": {
            "messages": {names[t.name]: _message(t) for t in TOPICS.values()},
            "schemas": _schemas(),
        },
    }
