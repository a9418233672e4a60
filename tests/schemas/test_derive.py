"""No constraint of a model is lost on the way to its decoder."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from pydantic import BaseModel, Field

from schemas import derive


class Counted(BaseModel):
    n: int = Field(ge=0, multiple_of=5)


class Ratio(BaseModel):
    x: float


class Whole(BaseModel):
    label: str | None = Field(max_length=3)


class Nested(BaseModel):
    label: Annotated[str, Field(min_length=2)] | None = None
    n: Annotated[int, Field(ge=1, le=3)] = 2


@pytest.mark.parametrize("model", [Counted, Ratio, Whole])
def test_a_constraint_without_counterpart_is_an_error(model: type[BaseModel]) -> None:
    with pytest.raises(TypeError):
        derive.reader(model)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{}", (None, 2)),
        (b'{"label":"ab","n":3,"other":[]}', ("ab", 3)),
        (b'{"label":null}', (None, 2)),
    ],
)
def test_a_reader_has_fields_and_defaults_of_its_model(
    payload: bytes, expected: tuple[Any, ...]
) -> None:
    event = msgspec.json.decode(payload, type=derive.reader(Nested))

    assert expected == msgspec.structs.astuple(event)


@pytest.mark.parametrize("payload", [b'{"label":"a"}', b'{"n":0}', b'{"n":4}', b'{"n":null}'])
def test_a_reader_has_the_constraints_of_its_model(payload: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(payload, type=derive.reader(Nested))
