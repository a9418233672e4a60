"""Ctrl-C goes to all processes of a command, and those that have just begun say nothing of it."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING

from streams.interrupts import held_back, let_through

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def _tell(pipe: Connection) -> None:
    """Say whether Ctrl-C is held back as we begin, and once we let it through."""
    for _ in range(2):
        pipe.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        let_through()


def test_a_process_begins_with_ctrl_c_held_back_and_who_starts_it_does_not_go_on_so() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_tell, args=(theirs,))
    with held_back():
        process.start()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert [ours.recv(), ours.recv()] == [True, False]
    process.join(60)
    assert process.exitcode == 0
