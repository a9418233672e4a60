"""One HTTP request to a receiver: where it may go, and whether it was answered."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from streams.notify.channels.outcome import DELIVERED, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
"""Seconds after which a request without an answer counts as unanswered."""
LONGEST_WAIT: Final = 3600.0
"""Seconds that a receiver may ask us to wait; more is cut to this."""

_AGAIN: Final = frozenset({408, 409, 423, 425, 429})
"""Statuses of 400 to 499 by which a receiver says: later."""
_LOST_BEHIND: Final = frozenset({502, 504})
"""A gateway says so: whether the receiver behind it took the message is not known."""


class PlaceError(Exception):
    """A request would go where it must not; the message says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests may go: hosts by name, and private addresses only where that is said."""

    hosts: frozenset[str]
    private: bool = False

    def check(self, url: URL) -> None:
        """Look at an address before it is used.

        Raises:
            PlaceError: it is no http(s) address, its host is not allowed, or is a private address.
        """
        if url.scheme not in {"http", "https"} or not url.host:
            raise PlaceError("the address is not http:// or https://")
        host = url.host.lower()
        if host not in self.hosts:
            raise PlaceError("its host is not among the hosts that are allowed")
        try:
            self.check_address(host)
        except ValueError:
            return  # a name: the resolver looks at what it stands for

    def check_address(self, address: str) -> None:
        """Look at an IP address.

        Raises:
            PlaceError: it is not a public one, and others are not allowed.
            ValueError: it is no IP address.
        """
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
        inner = getattr(ip, "ipv4_mapped", None) or ip
        if not self.private and (not inner.is_global or inner.is_multicast):
            raise PlaceError("its host stands for a private address")


class _Resolver(AbstractResolver):
    """Looks names up and lets nothing through that they must not stand for.

    What was looked at is what is connected to: there is no second look-up between.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for one in found:
            self._place.check_address(one["host"])
        return found

    async def close(self) -> None:
        await self._inner.close()


class Poster:
    """Posts to one address, a connection for each request; follows no redirect, uses no proxy."""

    def __init__(
        self,
        url: str,
        place: Place,
        *,
        connect: float = CONNECT_SECONDS,
        answer: float = ANSWER_SECONDS,
    ) -> None:
        self._url = URL(url)
        place.check(self._url)
        self._place = place
        self._timeout = aiohttp.ClientTimeout(
            total=connect + 2 * answer, sock_connect=connect, sock_read=answer
        )
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post once; says what came of it. A status is an answer, whatever follows it."""
        if self._session is None:
            # A connection kept open may be closed just as it is used: nobody would know whether
            # the request arrived.
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._place), force_close=True, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, trust_env=False
            )
        try:
            async with self._session.post(
                self._url, data=body, headers=dict(headers), allow_redirects=False
            ) as response:
                return answered(response.status, response.headers.get("Retry-After"))
        except PlaceError as error:
            return Outcome(Kind.REFUSED, str(error))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Outcome(Kind.FAILED, f"no connection ({type(error).__name__})")
        except aiohttp.InvalidURL:
            return Outcome(Kind.REFUSED, "the address is not one")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Outcome(Kind.UNANSWERED, f"no answer ({type(error).__name__})")

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def answered(status: int, retry_after: str | None = None) -> Outcome:
    """Return what an HTTP status says of a message."""
    if 200 <= status < 300:  # noqa: PLR2004
        return DELIVERED
    said = f"HTTP {status}"
    if 300 <= status < 400:  # noqa: PLR2004
        return Outcome(Kind.REFUSED, f"{said}: redirects are not followed")
    if status in _LOST_BEHIND:
        return Outcome(Kind.UNANSWERED, said, wait(retry_after))
    if status >= 500 or status in _AGAIN:  # noqa: PLR2004
        return Outcome(Kind.FAILED, said, wait(retry_after))
    return Outcome(Kind.REFUSED, said)


def wait(header: str | None, now: datetime | None = None) -> float | None:
    """Read a Retry-After header (RFC 9110): seconds from now, at most LONGEST_WAIT, or None."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), LONGEST_WAIT)
