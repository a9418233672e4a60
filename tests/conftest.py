from __future__ import annotations

import signal


def pytest_configure() -> None:
    # Who is started in the background ignores Ctrl-C, and so would every command we start: tests
    # that send it would wait for ever.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
