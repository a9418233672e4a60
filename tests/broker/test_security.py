"""Logins and certificates, on Apache Kafka with a listener of every security protocol."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from apache_kafka import PROPERTIES, ApacheKafka, free_port
from bench import Bench, Worker, opened
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

pytestmark = pytest.mark.kafka

PORT = {"GROUNDSWELL_WORKER__PORT": "0"}
USER, PASSWORD, WRONG = "groundswell", "only-for-tests", "another-one"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
LISTENERS = """\
listeners=PLAINTEXT://127.0.0.1:{{port}},{others},CONTROLLER://127.0.0.1:{{controller}}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},{others}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{map}
ssl.keystore.type=PKCS12
ssl.keystore.location={store}
ssl.keystore.password={password}
ssl.key.password={password}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config={plain}
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config={scram}
listener.name.sasl_ssl.plain.sasl.jaas.config={plain}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram}
"""
SASL = "org.apache.kafka.common.security"
PLAIN = f'{SASL}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
SCRAM = f"{SASL}.scram.ScramLoginModule required;"


class Safe(NamedTuple):
    """A broker with the address of each listener, and the certificate that clients trust."""

    kafka: ApacheKafka
    addresses: dict[str, str]
    certificate: Path

    def reached(self, protocol: str, listener: str = "", **others: str) -> dict[str, str]:
        """Give the settings of a client: all of it right, but for what is said otherwise."""
        given = {"brokers": self.addresses[listener or protocol], "security_protocol": protocol}
        if protocol.startswith("SASL"):
            given |= {"sasl_mechanism": "PLAIN", "sasl_username": USER, "sasl_password": PASSWORD}
        if protocol.endswith("SSL"):
            given["ssl_cafile"] = str(self.certificate)
        return {
            f"GROUNDSWELL_KAFKA__{name.upper()}": value
            for name, value in (given | others).items()
            if value
        }


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key store for the broker and the certificate that its clients trust."""
    home = tmp_path_factory.mktemp("certificates")
    store, certificate = home / "broker.p12", home / "ca.pem"
    both = ["-alias", "broker", "-keystore", str(store), "-storepass", PASSWORD]
    subprocess.run(
        [
            *("keytool", "-genkeypair", *both, "-storetype", "PKCS12", "-keyalg", "RSA"),
            *("-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-validity", "2"),
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*("keytool", "-exportcert", "-rfc", *both, "-file", str(certificate))],
        check=True,
        capture_output=True,
    )
    return store, certificate


@pytest.fixture(scope="module")
def safe(
    java: None,
    certificates: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Safe]:
    """A broker of its own that listens by every security protocol."""
    del java
    others = {name: f"127.0.0.1:{free_port()}" for name in PROTOCOLS if name != "PLAINTEXT"}
    listeners = LISTENERS.format(
        others=",".join(f"{name}://{address}" for name, address in others.items()),
        map=",".join(f"{name}:{name}" for name in PROTOCOLS),
        store=certificates[0],
        password=PASSWORD,
        plain=PLAIN,
        scram=SCRAM,
    )
    # The last of a key's values counts.
    broker = ApacheKafka(tmp_path_factory.mktemp("safe"), PROPERTIES + listeners)
    try:
        broker.start()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
        kind = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        user = UserScramCredentialUpsertion(USER, kind, PASSWORD.encode())
        for future in admin.alter_user_scram_credentials([user]).values():
            future.result()
        yield Safe(broker, others | {"PLAINTEXT": broker.bootstrap}, certificates[1])
    finally:
        broker.kill()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_worker_speaks_sasl_over_tls(safe: Safe, tmp_path: Path, mechanism: str) -> None:
    prefix = mechanism.lower()
    with opened(Bench("kafka", safe.kafka.bootstrap, prefix, tmp_path, None)) as bench:
        bench.environment = safe.reached("SASL_SSL", sasl_mechanism=mechanism)
        bench.produce(2_000)
        worker = bench.start()
        bench.exact()
        bench.stop(worker)


REFUSALS = [
    (
        ("SASL_SSL", {"sasl_password": WRONG}),
        (
            "Authentication failed: Invalid username or password; "
            "see kafka.sasl_username and kafka.sasl_password"
        ),
    ),
    (
        ("SASL_PLAINTEXT", {"sasl_mechanism": "SCRAM-SHA-512", "sasl_password": WRONG}),
        (
            "invalid credentials with SASL mechanism SCRAM-SHA-512; "
            "see kafka.sasl_username and kafka.sasl_password"
        ),
    ),
    (
        ("SASL_SSL", {"sasl_mechanism": "SCRAM-SHA-256"}),
        "it does not know this way to log in; see kafka.sasl_mechanism, which is SCRAM-SHA-256",
    ),
    (
        ("SSL", {"ssl_cafile": ""}),
        "certificate verify failed: self-signed certificate",
    ),
    (
        ("SASL_PLAINTEXT", {"listener": "PLAINTEXT"}),
        "it knows no login there; see kafka.security_protocol, which is SASL_PLAINTEXT",
    ),
    (
        ("SASL_SSL", {"listener": "SSL"}),
        "it knows no login there; see kafka.security_protocol, which is SASL_SSL",
    ),
]
"""What a broker says no to, and what is reported of it."""

HANGS_UP = [
    (one, other)
    for one in PROTOCOLS
    for other in PROTOCOLS
    # A login that nobody wants is refused by its name.
    if other not in {one, one.removeprefix("SASL_")}
]
"""Of which protocol the client is, and of which the listener, that ends the connection then."""

COMMANDS = {
    "deadletter export": ("deadletter", "export", "EXPORT"),
    "deadletter list": ("deadletter", "list"),
    "deadletter replay": ("deadletter", "replay"),
    "deadletter replay of a file": ("deadletter", "replay", "LETTERS"),
    "doctor": ("doctor",),
    "load": ("load", "FILE", "-t", "complaints"),
    "tail": ("tail", "alerts", "--exit"),
    "topics": ("topics",),
    "topics --create": ("topics", "--create"),
}
LETTER = {
    "topic": "complaints",
    "partition": 1,
    "offset": 7,
    "reason": "bad_time",
    "detail": "no time",
    "at": "2017-01-18T09:30:00Z",
    "key": "cust-42",
    "payload": {"event_id": "e", "occurred_at": "2017-01-18T09:30:00Z"},
}


@pytest.fixture
def told(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str, dict[str, str]], str]:
    """Run a command that a broker does not take; give the one line that says so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("occurred_at\n2017-01-18\n")
    (tmp_path / "LETTERS").write_text(json.dumps(LETTER))

    def told(command: str, environment: dict[str, str]) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = run(*COMMANDS[command])
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit), result.exception
        lines: list[str] = (result.stdout if command == "doctor" else result.stderr).splitlines()
        assert not [line for line in lines if WRONG in line or PASSWORD in line]
        (line,) = [line for line in lines if line.startswith(("error: ", "fail  broker "))]
        return line

    return told


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("given", "why"), REFUSALS, ids=lambda given: str(given)[:40])
def test_every_command_says_what_a_broker_refuses(
    safe: Safe,
    told: Callable[[str, dict[str, str]], str],
    command: str,
    given: tuple[str, dict[str, str]],
    why: str,
) -> None:
    protocol, others = given
    line = told(command, safe.reached(protocol, **others))
    assert "the broker refuses us: 127.0.0.1:" in line
    assert why in line


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("client", "listener"), HANGS_UP)
def test_every_command_says_when_a_port_is_of_another_protocol(
    safe: Safe,
    told: Callable[[str, dict[str, str]], str],
    command: str,
    client: str,
    listener: str,
) -> None:
    line = told(command, safe.reached(client, listener))
    assert "takes us: 127.0.0.1:" in line
    assert f"kafka.security_protocol is {client}: is it that port's?" in line


@pytest.mark.parametrize(("given", "why"), REFUSALS, ids=lambda given: str(given)[:40])
def test_a_worker_that_is_refused_ends_and_says_why(
    safe: Safe, tmp_path: Path, given: tuple[str, dict[str, str]], why: str
) -> None:
    protocol, others = given
    worker = Worker(tmp_path / "log", {**PORT, **safe.reached(protocol, **others)})
    assert worker.wait() == 1
    assert "the broker refuses us: 127.0.0.1:" in worker.text()
    assert why in worker.text()
    assert WRONG not in worker.text()


def test_a_worker_waits_for_a_port_of_another_protocol_and_says_so(
    safe: Safe, tmp_path: Path
) -> None:
    """The same is seen of a broker that goes down: that one comes back."""
    worker = Worker(tmp_path / "log", {**PORT, **safe.reached("PLAINTEXT", "SASL_SSL")})
    try:
        worker.says("kafka.security_protocol is PLAINTEXT: is it that port's?")
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
    finally:
        worker.process.kill()
        worker.wait()
