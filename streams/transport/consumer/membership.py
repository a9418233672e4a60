"""A worker with a name of its own in the group: it is known again when it comes back.

Of a member that was killed the group knows nothing until its session has timed out, and gives its
partitions to nobody. A member that has a name (Kafka: static membership, `group.instance.id`,
KIP-345) is replaced at once by whoever joins under that name, and the others do not notice.

aiokafka joins by such a name, and leaves two things to be put right:

- It never leaves the group then, so that a worker that is to stop would keep its partitions until
  its session has timed out. Here it leaves as any other member does.
- One whose name was taken by another is unknown at its next heartbeat or commit, joins anew as
  nobody, and so takes the name back, from where the other does the same. Here it joins by the id
  that it had: the broker says whether its session has timed out, so that it may come in again, or
  whether the name is another's by now.
"""

from __future__ import annotations

from typing import Any, Final

from aiokafka.errors import KafkaError, UnknownMemberIdError
from aiokafka.protocol.group import JoinGroupRequest

FENCED: Final = 82
"""FENCED_INSTANCE_ID, of which aiokafka knows nothing."""


class NameTakenError(KafkaError):  # type: ignore[misc] # aiokafka is untyped
    """Another worker has joined the group by our name."""


class Membership:
    """What a coordinator of aiokafka does otherwise for a member that has a name.

    Attributes:
        taken: whether the broker has said that the name is another's.
    """

    def __init__(self, coordinator: Any, name: str) -> None:
        self.taken = False
        self._name = name
        self._coordinator = coordinator
        self._nobody = False
        self._leave, self._reset = coordinator._maybe_leave_group, coordinator.reset_generation
        self._send = coordinator._send_req
        coordinator._maybe_leave_group = self._leave_the_group
        coordinator.reset_generation = self._begin_anew
        coordinator._send_req = self._watched

    def error(self, found: KafkaError) -> KafkaError:
        """Say what is behind an error of the group."""
        if not self.taken:
            return found
        return NameTakenError(
            f"another worker has come into the group as {self._name!r}: give each a worker.instance"
            " of its own"
        )

    async def _leave_the_group(self) -> None:
        own = self._coordinator
        own._group_instance_id, self._nobody = None, True
        try:
            await self._leave()
        finally:
            own._group_instance_id = self._name

    def _begin_anew(self) -> None:
        member = self._coordinator.member_id
        self._reset()
        if not self._nobody:
            self._coordinator.member_id = member
        self._nobody = False

    async def _watched(self, request: object) -> Any:
        response = await self._send(request)
        code = getattr(response, "error_code", 0)
        self.taken |= code == FENCED
        if isinstance(request, JoinGroupRequest):
            self._nobody = code == UnknownMemberIdError.errno
        return response
