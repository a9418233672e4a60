"""The description of the API, with its problems and how one says who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from streams.console.problems import PROBLEM, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The body of the request cannot be read."},
    401: {"description": "Nobody knows who asks."},
    403: {"description": "The role may not."},
    404: {"description": "There is no such thing."},
    408: {"description": "The body of the request did not come."},
    413: {"description": "The request is too large."},
    414: {"description": "The address is too long."},
    421: {"description": "Without tokens the console is for its own machine only."},
    422: {"description": "Something is wrong with the request."},
}
SENDS: Final[dict[int | str, dict[str, Any]]] = {503: {"description": "Kafka did not take it."}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of an application's API."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
        )
        schema = Problem.model_json_schema()
        parts = found.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = schema
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
        for path in found["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if status >= "400":
                        answer["content"] = {PROBLEM: reference}
        app.openapi_schema = found
    return app.openapi_schema
