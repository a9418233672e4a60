"""What lies between the workers and the brokers: a proxy in front of each, all treated alike."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from late import Gate
from proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Network:
    """Passes on what comes to the proxies; use as an async context manager.

    `ways` are the ports behind and in front of each proxy. Every request goes through `gate`.
    """

    def __init__(self, ways: Iterable[tuple[int, int]]) -> None:
        self.gate = Gate()
        self._proxies = [Proxy(behind, front, self.gate) for behind, front in ways]
        self._running = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        for proxy in self._proxies:
            await self._running.enter_async_context(proxy)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    @property
    def open_(self) -> int:
        """Count the connections there are."""
        return sum(proxy.open_ for proxy in self._proxies)

    @property
    def delayed(self) -> int:
        """Count the bytes that latency got hold of."""
        return sum(proxy.delayed for proxy in self._proxies)

    @property
    def held(self) -> int:
        """Count the bytes that full stops got hold of."""
        return sum(proxy.held for proxy in self._proxies)

    def reset(self) -> int:
        """Reset every connection on both sides; gives their number."""
        return sum(proxy.reset() for proxy in self._proxies)

    @contextlib.contextmanager
    def latency(self, seconds: float) -> Iterator[None]:
        """Hold each chunk back for a while, both ways."""
        with contextlib.ExitStack() as stack:
            for proxy in self._proxies:
                stack.enter_context(proxy.latency(seconds))
            yield

    @contextlib.contextmanager
    def stop(self) -> Iterator[None]:
        """Let nothing pass; connections stay open, new ones are accepted."""
        with contextlib.ExitStack() as stack:
            for proxy in self._proxies:
                stack.enter_context(proxy.stop())
            yield
