"""InitProducerId as a producer sends it that knows its own id and epoch (KIP-360).

aiokafka has version 0 only, which asks as a new producer does. Version 3 is the first with the
pair in it (Kafka 2.5); its strings are compact and it ends in tagged fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactString, Int16, Int32, Int64, Schema, TaggedFields

if TYPE_CHECKING:
    from aiokafka.producer.transaction_manager import PidAndEpoch

KEY: Final = 22
VERSION: Final = 3


class InitProducerIdResponse(Response):  # type: ignore[misc] # aiokafka is untyped
    """The pair to go on with."""

    API_KEY = KEY
    API_VERSION = VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


class InitProducerIdStruct(RequestStruct):  # type: ignore[misc]
    """What goes over the wire."""

    FLEXIBLE_VERSION = True
    API_KEY = KEY
    API_VERSION = VERSION
    RESPONSE_TYPE = InitProducerIdResponse
    SCHEMA = Schema(
        ("transactional_id", CompactString()),
        ("transaction_timeout_ms", Int32),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


class NewEpochRequest(Request[InitProducerIdStruct]):  # type: ignore[misc]
    """Asks for the next epoch of a producer.

    Sending it raises IncompatibleBrokerVersion or NotImplementedError, with nothing written, where
    the broker does not speak this version.
    """

    API_KEY = KEY

    def __init__(self, transactional_id: str, timeout_ms: int, own: PidAndEpoch) -> None:
        self._fields: tuple[object, ...] = (transactional_id, timeout_ms, own.pid, own.epoch, {})

    def build(self, request_struct_class: type[InitProducerIdStruct]) -> InitProducerIdStruct:
        """Make what goes over the wire."""
        return request_struct_class(*self._fields)
