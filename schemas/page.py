"""The topics as a page to read: the second half of docs/topics.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.deadletter import Reason
from schemas.jsonschema import schema
from schemas.topics import SOURCES, TOPICS, TextKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemas.fields import Contract
    from schemas.topics import Direction, Topic

START: Final = "<!-- From here on written by `make docs`: edit the models, not this. -->"


def _form(found: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say what JSON Schema says of a value: `string of length 1 to 200, or null`."""
    if "$ref" in found:
        name = found["$ref"].rpartition("/")[2]
        target = definitions[name]
        return f"`{name}`" if "properties" in target else _form(target, definitions)
    if "anyOf" in found:
        return ", or ".join(_form(one, definitions) for one in found["anyOf"])
    for inner in _inside(found):
        most = f" of at most {found['maxItems']}" if "maxItems" in found else " of"
        return f"{found['type']}{most}: {_form(inner, definitions)}"
    return _simple(found)


def _inside(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    values = [found.get("items"), found.get("additionalProperties")]
    values += found.get("patternProperties", {}).values()
    yield from (value for value in values if isinstance(value, dict))


def _simple(found: dict[str, Any]) -> str:
    if "const" in found:
        return f"`{json.dumps(found['const'])}`"
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    if found.get("format") == "date-time":
        return "RFC 3339 time"
    if found.get("contentEncoding") == "base64":
        return "string, base64"
    if "pattern" in found:
        return f"string `{found['pattern']}`"
    length = _range(found.get("minLength"), found.get("maxLength"))
    size = _range(found.get("minimum"), found.get("maximum"))
    return f"{found['type']}{f' of length {length}' if length else size and f' {size}'}"


def _range(low: int | None, high: int | None) -> str:
    if high is None:
        return "" if low is None else f"from {low}"
    return f"up to {high}" if low is None else f"{low} to {high}"


def _row(cells: Iterable[str]) -> str:
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _fields(found: dict[str, Any], definitions: dict[str, Any], *, absent: bool) -> Iterator[str]:
    """Write a table of the fields of one object; `absent`: with what stands for a missing one."""
    required = set(found.get("required", ()))
    yield _row(["field", "type", *(["if absent"] if absent else []), "meaning"])
    yield "|---|---|---|---|" if absent else "|---|---|---|"
    for name, field in found["properties"].items():
        default = "refused" if name in required else f"`{json.dumps(field['default'])}`"
        form = _form(field, definitions)
        yield _row([f"`{name}`", form, *([default] if absent else []), field["description"]])


def _table(model: type[Contract], direction: Direction) -> Iterator[str]:
    found = schema(model, direction)
    definitions = found.get("$defs", {})
    yield from _fields(found, definitions, absent=direction == "in")
    for name, inner in definitions.items():
        if "properties" in inner:
            yield f"\nA `{name}`: {inner['description']}\n"
            yield from _fields(inner, definitions, absent=direction == "in")


def _topic(topic: Topic) -> Iterator[str]:
    kind = "A table (compacted)" if topic.compacted else "A log"
    side = "you write it" if topic.direction == "in" else "Groundswell writes it"
    yield f"### {topic.name}\n\n{topic.about}\n"
    if isinstance(topic.key, TextKey):
        yield f"{kind}; {side}. Key: {topic.key.text}, for example `{topic.key.example}`.\n"
    else:
        yield f"{kind}; {side}. Its key, as compact JSON:\n"
        yield from _table(topic.key, topic.direction)
        yield "\nIts value:\n"
    if (same := _same_as(topic)) is not None:
        yield f"Its fields are those of [{same}](#{same}).\n"
        return
    yield from _table(topic.model, topic.direction)
    yield "\n```json"
    yield from (json.dumps(example, ensure_ascii=False) for example in topic.examples)
    yield "```\n"


def _same_as(topic: Topic) -> str | None:
    """Name the topic whose model this one's merely renames."""
    for other in TOPICS.values():
        if other.model in topic.model.__bases__ and (
            other.model.model_fields.keys() == topic.model.model_fields.keys()
        ):
            return other.name
    return None


def reference() -> str:
    """Write the page: topics with their keys, fields and examples, then the reasons."""
    lines = [START, "", "## The source topics", ""]
    for name in SOURCES:
        lines += _topic(TOPICS[name])
    lines += ["## What people say back", ""]
    for topic in TOPICS.values():
        if topic.direction == "in" and topic.name not in SOURCES:
            lines += _topic(topic)
    lines += ["## What Groundswell writes", ""]
    for topic in TOPICS.values():
        if topic.direction == "out":
            lines += _topic(topic)
    lines += ["## Reasons of a refusal", "", "| reason | meaning |", "|---|---|"]
    lines += [_row([f"`{reason}`", reason.meaning]) for reason in Reason]
    return "\n".join(lines) + "\n"


def rewrite(text: str) -> str:
    """Put the reference of today in the place of what `text` has from its marker on.

    Raises:
        ValueError: there is no marker.
    """
    return text[: text.index(START)] + reference()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(rewrite(file.read_text(encoding="utf-8")), encoding="utf-8")
