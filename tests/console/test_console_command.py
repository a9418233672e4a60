from __future__ import annotations

import json
import re
import tomllib
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from streams.console.rendering import STATIC
from streams.console.serve import admitted, is_local
from streams.console.sessions import Sessions, secret_in
from streams.settings import Settings
from streams.settings.model import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

SECRET = b"1" * 32


def settings(**console: Any) -> Settings:
    return Settings(console=Console(**console))


def test_a_new_token_is_shown_with_what_to_set(run: Callable[..., Result]) -> None:
    said = run("console", "--new-token", 'Ada "the" Lovelace', "--role", "leader").output
    found = re.search(r"nowhere else: (\S+)", said)
    assert found
    table = tomllib.loads(said[said.index("[[console") :])
    (token,) = Settings.model_validate(table).console.tokens
    assert (token.name, token.role) == ('Ada "the" Lovelace', "leader")
    assert token.sha256 == sha256(found[1].encode()).hexdigest()
    assert run("console", "--new-token", "Bo", "--role", "king").exit_code == 1


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 (nothing listens there)
        ("::", False),
        ("192.168.1.4", False),
        ("console.example.org", False),
    ],
)
def test_where_others_can_reach_it_nobody_comes_in_without_a_token(host: str, local: bool) -> None:  # noqa: FBT001
    assert is_local(host) == local
    tokens, made = admitted(settings(host=host))
    assert (made is None) == local
    sessions = Sessions(SECRET, tokens, "somebody", 60)
    assert sessions.open == local
    assert (sessions.begin(None, 0.0) is not None) == local
    if made is not None:
        person = sessions.bearer(made)
        assert person is not None
        assert person.role == "admin"


def test_a_session_is_over_with_its_time_its_token_or_another_secret() -> None:
    token = {"name": "Ada", "role": "viewer", "sha256": sha256(b"t").hexdigest()}
    tokens = settings(tokens=(token,)).console.tokens
    sessions = Sessions(SECRET, tokens, "", 60)
    cookie = sessions.begin("t", 1_000.0)
    assert cookie is not None
    session = sessions.read(cookie, 1_059.0)
    assert session is not None
    assert session.person.name == "Ada"
    assert sessions.read(cookie, 1_060.0) is None
    assert Sessions(SECRET, (), "", 60).read(cookie, 1_001.0) is None
    assert Sessions(b"2" * 32, tokens, "", 60).read(cookie, 1_001.0) is None
    body, _, signature = cookie.partition(".")
    for wrong in (body, f"{body}.", f"{body}A.{signature}", f".{signature}", "é.x", "x" * 5_000):
        assert sessions.read(wrong, 1_001.0) is None
    assert sessions.begin("u", 0.0) is None
    assert sessions.begin(None, 0.0) is None


def test_the_secret_is_kept_and_nobody_else_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    secret = secret_in(folder)
    assert (len(secret), secret_in(folder)) == (32, secret)
    assert (folder / "secret").stat().st_mode & 0o077 == 0
    (folder / "secret").write_bytes(b"short")
    assert secret_in(folder) != secret


def test_what_others_wrote_lies_there_unmodified() -> None:
    """By its hash; `make assets` compares these with what is published."""
    folder = STATIC.joinpath("vendor")
    packages = json.loads(folder.joinpath("vendor.json").read_text())
    named = {"vendor.json"}
    for about in packages.values():
        assert any(name.endswith("LICENSE") for name in about["files"])
        for name, of in about["files"].items():
            named.add(name)
            assert sha256(folder.joinpath(name).read_bytes()).hexdigest() == of["sha256"]
    assert {file.name for file in folder.iterdir()} == named
