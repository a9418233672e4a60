"""The exported documents are valid, and say what the models say."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema as json_schema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parser import ERROR, WARNING, Parser
from payloads import good, render
from typer.testing import CliRunner

from schemas import asyncapi, jsonschema, page, wire
from schemas.topics import SOURCES, TOPICS, TextKey, Topic
from streams.cli.main import app

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject
    from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
DOCUMENTS = jsonschema.documents()


def validator(name: str) -> json_schema.Draft202012Validator:
    return json_schema.Draft202012Validator(DOCUMENTS[f"{name}.schema.json"])


@pytest.fixture(scope="session")
def parser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Parser:
    cache = getattr(request.config, "cache", None)  # None under -p no:cacheprovider
    return Parser(cache.mkdir("asyncapi") if cache else tmp_path_factory.mktemp("asyncapi"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_json_schema_is_valid(name: str) -> None:
    json_schema.Draft202012Validator.check_schema(DOCUMENTS[name])


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_every_topic_has_examples_that_its_model_and_its_schema_accept(topic: Topic) -> None:
    assert topic.examples
    for example in topic.examples:
        validator(topic.name).validate(example)
        topic.model.model_validate_json(json.dumps(example))


@pytest.mark.parametrize("topic", SOURCES)
def test_every_example_of_an_event_decodes(topic: str) -> None:
    for example in TOPICS[topic].examples:
        wire.decoders[topic](json.dumps(example).encode())


@pytest.mark.slow
@pytest.mark.parametrize("topic", SOURCES)
@settings(deadline=None)
@given(data=st.data())
def test_json_schema_accepts_every_good_event(topic: str, data: DataObject) -> None:
    validator(topic).validate(json.loads(render(data.draw(good(topic)))))


@pytest.mark.parametrize(
    ("topic", "change"),
    [
        ("complaints", {"severity": "urgent"}),
        ("complaints", {"event_id": ""}),
        ("complaints", {"text": "a" * 10_001}),
        ("complaints", {"schema_version": 2}),
        ("revenue", {"customer_id": None}),
        ("revenue", {"amount": 10**15 + 1}),
        ("revenue", {"amount": "5"}),
        ("revenue", {"currency": "usd"}),
        ("renewals", {"outcome": None}),
        ("metrics.buckets", {"values": {"usd": 1}}),
        ("metrics.buckets", {"grain": "2h"}),
        ("deadletter", {"reason": "a whim"}),
    ],
)
def test_json_schema_has_the_bounds_of_the_model(topic: str, change: dict[str, Any]) -> None:
    event = TOPICS[topic].examples[0] | change

    assert not validator(topic).is_valid(event)


@pytest.mark.parametrize(
    "model", [t.model for t in TOPICS.values()], ids=[t.name for t in TOPICS.values()]
)
def test_every_field_is_described(model: type[BaseModel]) -> None:
    assert [n for n, f in model.model_fields.items() if not f.description] == []


@pytest.mark.slow
def test_the_parser_finds_nothing_wrong(parser: Parser) -> None:
    found = parser.check(asyncapi.document("0.1.0"))

    assert [one for one in found["diagnostics"] if one["severity"] in (ERROR, WARNING)] == []
    # It also recommends AsyncAPI 3.1, which most tools cannot read yet.
    assert {one["code"] for one in found["diagnostics"]} <= {"asyncapi-latest-version"}
    assert len(found["operations"]) == len(TOPICS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payload": {"$ref": "#/components/schemas/Nothing"}}, "invalid-ref"),
        ({"payload": {"type": "number", "minimum": "5"}}, "asyncapi-document-resolved"),
        (
            {"bindings": {"kafka": {"key": 5, "bindingVersion": "0.5.0"}}},
            "asyncapi-document-resolved",
        ),
    ],
)
def test_the_parser_would_find_a_flaw(parser: Parser, change: dict[str, Any], code: str) -> None:
    document = deepcopy(asyncapi.document("0.1.0"))
    document["components"]["messages"]["revenue"] |= change

    found = parser.check(document)

    assert code in {one["code"] for one in found["diagnostics"] if one["severity"] == ERROR}


def test_the_document_has_every_topic_with_its_key() -> None:
    document = asyncapi.document("0.1.0")

    by_address = {channel["address"]: channel for channel in document["channels"].values()}
    assert list(by_address) == list(TOPICS)
    for topic in TOPICS.values():
        (reference,) = by_address[topic.name]["messages"].values()
        message = document["components"]["messages"][reference["$ref"].rpartition("/")[2]]
        key = message["bindings"]["kafka"]["key"]
        if isinstance(topic.key, TextKey):
            assert key["type"] == "string"
        else:
            assert key == {"$ref": f"#/components/schemas/{topic.key.__name__}"}


def test_the_command_writes_every_document(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["schema", "--out", str(tmp_path / "new" / "folder")])

    assert done.exit_code == 0, done.output
    written = {path.name: path for path in (tmp_path / "new" / "folder").iterdir()}
    assert written.keys() == {*DOCUMENTS, "asyncapi.json"}
    assert (
        json.loads(written["complaints.schema.json"].read_text())
        == (DOCUMENTS["complaints.schema.json"])
    )


def test_the_page_is_up_to_date() -> None:
    text = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")

    assert page.rewrite(text) == text, "run make docs"
