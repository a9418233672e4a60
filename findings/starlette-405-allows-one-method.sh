#!/usr/bin/env bash
# Starlette 1.10.0, FastAPI 0.165.0.
# One would think: a path with a GET route and a POST route answers PUT with 405, Allow: GET, POST.
# What happens: Allow has the methods of the first of the two routes alone. And who wants to work them out:
# with this FastAPI `app.routes` does not list the routes of a router that was included.
. "$(dirname "$0")/lib/finding.sh"
install starlette==1.10.0 fastapi==0.165.0 httpx==0.28.1
run - <<'END'
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from noted import noted

router = APIRouter()


@router.get("/things")
def read():
    return []


@router.post("/things")
def write():
    return []


app = FastAPI()
app.include_router(router)
with TestClient(app) as client:
    answer = client.put("/things")
noted("status", 405, answer.status_code)
noted("Allow", "GET", answer.headers["allow"])
there = sum(getattr(route, "path", None) == "/things" for route in app.routes)
noted("of the two routes so many stand in app.routes", 0, there)
END
seen "Allow has one method of two, and app.routes none of the routes of a router"
