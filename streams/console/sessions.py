"""Tokens, sessions and what keeps forms from being sent by others: all of it signed, none kept.

A session is a cookie: who, as what, until when, signed with a secret that lies beside the index.
It ends too when its token is taken out of the settings.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.console.roles import Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streams.settings.model import Role, Token

SECRET_BYTES: Final = 32
_LONGEST: Final = 2_000


class _Content(msgspec.Struct, array_like=True):
    name: str
    token: str
    until: int
    nonce: str


class Session(NamedTuple):
    """A session as it is used: who, and what its forms must bring."""

    person: Person
    csrf: str


class Sessions:
    """Makes sessions and reads them.

    Args:
        secret: what they are signed with.
        tokens: who may come in; none: everybody, as `local`.
        local: who everybody is then.
        seconds: how long a session lasts.
    """

    def __init__(self, secret: bytes, tokens: Sequence[Token], local: str, seconds: int) -> None:
        self._secret = secret
        self._tokens = {token.sha256: token for token in tokens}
        self._local = local
        self.seconds = seconds

    @property
    def open(self) -> bool:
        """Whether everybody who reaches us may come in."""
        return not self._tokens

    def bearer(self, token: str) -> Person | None:
        """Return who has a token; None if it is none of ours."""
        found = self._of(sha256(token.encode(errors="replace")).hexdigest())
        return None if found is None else Person(found[0], found[1])

    def begin(self, token: str | None, wall: float) -> str | None:
        """Return the cookie of a new session; None if the token is none of ours."""
        name = "" if token is None else sha256(token.encode(errors="replace")).hexdigest()
        found = self._of(name)
        if found is None:
            return None
        content = _Content(found[0], name, int(wall) + self.seconds, secrets.token_urlsafe(16))
        body = _text(msgspec.msgpack.encode(content))
        return f"{body}.{self._sign('session', body)}"

    def read(self, cookie: str | None, wall: float) -> Session | None:
        """Return the session of a cookie; None if it is none, is over, or its token is gone."""
        if not cookie or len(cookie) > _LONGEST or not cookie.isascii():
            return None
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature, self._sign("session", body)):
            return None
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            content = msgspec.msgpack.decode(raw, type=_Content)
        except (ValueError, msgspec.MsgspecError):
            return None
        found = self._of(content.token)
        if found is None or wall >= content.until:
            return None
        return Session(Person(*found), self._sign("form", content.nonce))

    def _of(self, token: str) -> tuple[str, Role] | None:
        if self.open:
            return None if token else (self._local, "admin")
        known = self._tokens.get(token)
        return None if known is None else (known.name, known.role)

    def _sign(self, purpose: str, text: str) -> str:
        made = hmac.new(self._secret, f"{purpose}:{text}".encode(), sha256).digest()
        return _text(made)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def secret_in(folder: Path) -> bytes:
    """Return the secret of a folder, made where there is none; nobody else may read it."""
    file = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        found = file.read_bytes()
    except FileNotFoundError:
        found = b""
    if len(found) == SECRET_BYTES:
        return found
    made = secrets.token_bytes(SECRET_BYTES)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(made)
    return made


def new_token() -> tuple[str, str]:
    """Make a token; returns it, and its SHA-256 for the settings."""
    token = secrets.token_urlsafe(32)
    return token, sha256(token.encode()).hexdigest()
