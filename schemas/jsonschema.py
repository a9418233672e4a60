"""The topics as JSON Schema (draft 2020-12), one document a value and one a structured key.

The report of a backtest has a document too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue

from schemas.backtest import Backtest
from schemas.topics import TOPICS, TextKey

if TYPE_CHECKING:
    from schemas.fields import Contract
    from schemas.topics import Direction

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

MODE: Final[dict[Direction, JsonSchemaMode]] = {"in": "validation", "out": "serialization"}
"""What comes in may leave out a field with a default; what goes out has every field."""


class InOrder(GenerateJsonSchema):
    """Keeps the order in which models and examples were written."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Leave `value` as it is."""
        del parent_key
        return value


def schema(model: type[Contract], direction: Direction) -> dict[str, Any]:
    """Give the JSON Schema of a model, without references to other documents."""
    found = model.model_json_schema(mode=MODE[direction], schema_generator=InOrder)
    return {"$schema": DIALECT, **found}


def documents() -> dict[str, dict[str, Any]]:
    """Give every document by its file name, `complaints.schema.json`."""
    found = {}
    for topic in TOPICS.values():
        found[f"{topic.name}.schema.json"] = schema(topic.model, topic.direction)
        if not isinstance(topic.key, TextKey):
            found[f"{topic.name}.key.schema.json"] = schema(topic.key, topic.direction)
    found["backtest.schema.json"] = schema(Backtest, "out")
    return found
