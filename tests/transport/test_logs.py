import logging

from streams.logs import QUIET_SECONDS, Repeats


def record(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)


def test_a_library_that_repeats_itself_is_cut_short_and_counted() -> None:
    now = 0.0
    repeats = Repeats(lambda: now)
    assert repeats.filter(record("aiokafka", "no %s", "node"))
    assert not repeats.filter(record("aiokafka", "no %s", "node"))
    assert not repeats.filter(record("aiokafka", "no %s", "broker"))
    assert repeats.filter(record("aiokafka", "something else"))
    now = QUIET_SECONDS
    again = record("aiokafka", "no %s", "node")
    assert repeats.filter(again)
    assert again.getMessage() == "no node (and 2 times more)"


def test_what_we_say_ourselves_always_passes() -> None:
    repeats = Repeats(lambda: 0.0)
    assert all(repeats.filter(record("streams.transport", "stopping")) for _ in range(3))
