"""The settings as one frozen model: every name, its type and its bounds."""

from __future__ import annotations

from pathlib import Path
from socket import gethostname
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from streams.core.config import Calendar, Customers, Detect, Handling, Section, Tables
from streams.core.notify.config import Notify

_PORTS = 65_535

OF_HOST = "@hostname"
"""In place of a name that is known only where it runs."""

Codec = Literal["none", "gzip", "snappy", "lz4", "zstd"]
"""How record batches are compressed, in Kafka's words."""


class Kafka(Section):
    """How to reach the cluster."""

    brokers: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    replication: int = Field(
        default=1, ge=1, le=32_767, description="replication factor of topics we create"
    )
    partitions: int = Field(
        default=4, ge=1, le=100_000, description="partitions of the source topics we create"
    )
    compression: Codec = Field(
        default="zstd", description="codec of what we write to public topics"
    )
    session_timeout: float = Field(default=30.0, gt=0, le=86_400, description="seconds")
    check_crcs: bool = Field(
        default=True,
        description="verify what is fetched; off for the embedded broker, whose control records "
        "carry no checksum",
    )

    @field_validator("brokers")
    @classmethod
    def _addresses(cls, brokers: str) -> str:
        """Refuse what is no list of addresses; what is said quotes none of it: see `reading`."""
        for address in brokers.split(","):
            if not _is_address(address.strip()):
                raise ValueError(
                    "write host:port, with commas between several; user names, passwords and"
                    " protocols have settings of their own"
                )
        return brokers


def _is_address(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):  # no port: Kafka's own
        host, port = text, "9092"
    if host.startswith("[") or host.endswith("]"):
        host = host.removeprefix("[").removesuffix("]").replace(":", "")
    odd = {"/", "@", ":", "[", "]"}
    plain = host.isprintable() and not odd & set(host) and not any(map(str.isspace, host))
    numeric = port.isascii() and port.isdigit() and len(port) <= len(str(_PORTS))
    return bool(host) and plain and numeric and 0 < int(port) <= _PORTS


class Worker(Section):
    """How the worker runs."""

    app_id: str = Field(default="groundswell", pattern=r"^[a-zA-Z0-9._-]{1,200}\z")
    host: str = "127.0.0.1"
    port: int = Field(
        default=6066, ge=0, le=_PORTS, description="HTTP port of /metrics and health; 0 picks one"
    )
    instance: str | None = Field(
        default=None,
        pattern=r"^(@hostname|[a-zA-Z0-9._-]{1,200})\z",
        description="name of this worker, its own in the group and the same at each start;"
        f" {OF_HOST}: that of the host, container or pod",
    )
    processes: int = Field(
        default=1, ge=0, le=1024, description="workers under one command; 0: one a core"
    )
    flush_interval: float = Field(default=0.75, ge=0.01, le=3600, description="wall seconds")
    flush_keys: int = Field(
        default=25_000, ge=1, description="changed keys of a partition that force a flush"
    )

    @field_validator("instance")
    @classmethod
    def _of_host(cls, value: str | None) -> str | None:
        return gethostname() if value == OF_HOST else value


Role = Literal["viewer", "frontline", "responder", "leader", "admin"]


class Token(Section):
    """Who may use the console, and as what: `sha256` is of the token, which stands nowhere."""

    name: str = Field(min_length=1, max_length=200)
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}\z")


class Console(Section):
    """How the console runs, and who may use it."""

    host: str = Field(
        default="127.0.0.1", description="without tokens only an address of this machine"
    )
    port: int = Field(default=6067, ge=0, le=_PORTS, description="HTTP port; 0 picks one")
    data: Path | None = Field(
        default=None, description="folder of its index, which can be built anew at any time"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+\z",
        description="how people reach it, through a proxy; with https cookies are sent by it alone",
    )
    tokens: tuple[Token, ...] = Field(
        default=(), description="`groundswell console --new-token NAME` makes one"
    )
    session: int = Field(default=12 * 3600, ge=60, le=90 * 86_400, description="wall seconds")

    @field_validator("tokens")
    @classmethod
    def _apart(cls, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        if len({one.sha256 for one in tokens}) < len(tokens):
            raise ValueError("one token stands there twice")
        return tokens


class Review(Section):
    """The loss review: who calls customers that left, and how many."""

    executives: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=50, description="who is given customers to call"
    )
    calls: int = Field(default=10, ge=0, le=100, description="customers for each of them")

    @field_validator("executives")
    @classmethod
    def _apart(cls, executives: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(executives)) < len(executives):
            raise ValueError("one name stands there twice")
        return executives


class Links(Section):
    """Where people find our pages."""

    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+\z",
        description="where the pages are, as others reach it; messages link to it",
    )


class Settings(Section):
    """Everything that can be set; what is not given has its default."""

    kafka: Kafka = Kafka()
    calendar: Calendar = Calendar()
    tables: Tables = Tables()
    detect: Detect = Detect()
    customers: Customers = Customers()
    handling: Handling = Handling()
    links: Links = Links()
    notify: Notify = Notify()
    worker: Worker = Worker()
    console: Console = Console()
    review: Review = Review()

    @model_validator(mode="after")
    def _one_calendar(self) -> Self:
        if self.customers.zone is None:
            zone = {"zone": self.calendar.timezone}
            # The settings are frozen, and not handed out yet.
            object.__setattr__(self, "customers", self.customers.model_copy(update=zone))
        if self.notify.zone is None:
            zone = {"zone": self.calendar.timezone}
            object.__setattr__(self, "notify", self.notify.model_copy(update=zone))
        return self
