"""What a coordinator of aiokafka does otherwise for a worker with a name, answer by answer."""

from __future__ import annotations

from typing import NamedTuple

from aiokafka.errors import KafkaError, UnknownMemberIdError
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest

from streams.transport.consumer.membership import FENCED, Membership, NameTakenError

JOIN = JoinGroupRequest("group", 1, 1, "id-1", "one", "consumer", [])
BEAT = HeartbeatRequest("group", 1, "id-1")
UNKNOWN = UnknownMemberIdError.errno


class Answer(NamedTuple):
    error_code: int


class Coordinator:
    """As far as it is looked at: what is unknown begins anew, and left is left."""

    def __init__(self, *codes: int) -> None:
        self.member_id = "id-1"
        self.codes = iter(codes)
        self.left_as: list[str | None] = []
        self._group_instance_id: str | None = "one"

    async def _send_req(self, request: object) -> Answer:
        del request
        return Answer(next(self.codes))

    def reset_generation(self) -> None:
        self.member_id = ""

    async def _maybe_leave_group(self) -> None:
        self.left_as.append(self._group_instance_id)
        self.reset_generation()

    async def ask(self, request: object) -> None:
        if (await self._send_req(request)).error_code == UNKNOWN:
            self.reset_generation()


async def test_who_is_unknown_asks_by_its_id_and_learns_that_the_name_is_anothers() -> None:
    coordinator = Coordinator(UNKNOWN, FENCED)
    one = Membership(coordinator, "one")
    await coordinator.ask(BEAT)
    assert coordinator.member_id == "id-1"
    found = KafkaError("found")
    assert one.error(found) is found
    await coordinator.ask(JOIN)
    assert coordinator.member_id == "id-1"
    assert isinstance(one.error(found), NameTakenError)


async def test_who_is_unknown_since_its_session_timed_out_comes_in_anew() -> None:
    coordinator = Coordinator(UNKNOWN, UNKNOWN, 0, UNKNOWN)
    one = Membership(coordinator, "one")
    await coordinator.ask(BEAT)
    await coordinator.ask(JOIN)
    assert not coordinator.member_id
    await coordinator.ask(JOIN)
    coordinator.member_id = "id-2"
    await coordinator.ask(BEAT)
    assert coordinator.member_id == "id-2"
    assert not one.taken


async def test_it_leaves_as_one_without_a_name_and_is_nobody_then() -> None:
    coordinator = Coordinator()
    Membership(coordinator, "one")
    await coordinator._maybe_leave_group()  # noqa: SLF001
    assert coordinator.left_as == [None]
    assert coordinator._group_instance_id == "one"  # noqa: SLF001
    assert not coordinator.member_id
