"""A stop is heard while the event loop is held, and its end does not wait for the loop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def outcome(script: str) -> tuple[int, str]:
    """Run a script, tell it to stop once it says so, and give its status and what it said."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)
    return process.returncode, rest


def test_a_loop_that_is_held_for_ever_does_not_keep_the_process() -> None:
    """Neither in C nor in Python."""
    for hold in ("time.sleep(1000)", "while True: pass"):
        status, _ = outcome(f"""
            import asyncio, time
            from streams.worker.stopping import on_stop_signal

            async def main():
                print("held", flush=True)
                {hold}

            with on_stop_signal(lambda: None, seconds=0.2):
                asyncio.run(main())
        """)
        assert status == 1


def test_it_is_reported_at_once_though_the_loop_is_held_and_ends_in_order() -> None:
    status, said = outcome("""
        import asyncio, threading
        from streams.worker.stopping import on_stop_signal

        stop = threading.Event()

        async def main():
            print("held", flush=True)
            stop.wait()  # the loop does not come round before

        with on_stop_signal(stop.set):
            asyncio.run(main())
        print("in order", flush=True)
    """)
    assert (status, said) == (0, "in order\n")


def test_what_was_there_before_handles_signals_again_afterwards() -> None:
    status, said = outcome("""
        import signal, time
        from streams.worker.stopping import on_stop_signal

        signal.signal(signal.SIGTERM, lambda *_: (print("before", flush=True), exit(7)))
        with on_stop_signal(lambda: None):
            pass
        print("held", flush=True)
        time.sleep(1000)
    """)
    assert (status, said) == (7, "before\n")
