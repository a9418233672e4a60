"""What went wrong, as RFC 9457 has it: `application/problem+json`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

PROBLEM: Final = "application/problem+json"


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(description="Always about:blank: the status says what it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str | None = Field(default=None, description="What is wrong with this request.")


def problem(status: int, detail: str | None = None) -> JSONResponse:
    """Answer with a problem."""
    found = Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    return JSONResponse(found.model_dump(exclude_none=True), status, media_type=PROBLEM)
