"""SASL over TLS, on Apache Kafka with a listener that takes nothing else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from apache_kafka import PROPERTIES, ApacheKafka, free_port
from bench import Bench, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.kafka

USER, PASSWORD, WRONG = "groundswell", "only-for-tests", "another"
LISTENERS = """\
listeners=PLAINTEXT://127.0.0.1:{{port}},SAFE://{safe},CONTROLLER://127.0.0.1:{{controller}}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},SAFE://{safe}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SAFE:SASL_SSL
ssl.keystore.type=PKCS12
ssl.keystore.location={store}
ssl.keystore.password={password}
ssl.key.password={password}
sasl.enabled.mechanisms=PLAIN
listener.name.safe.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
"""


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
    apache_kafka: ApacheKafka,
    certificates: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ApacheKafka, str]]:
    """A broker of its own with the address of its safe listener."""
    del apache_kafka  # where that is skipped, so is this
    address = f"127.0.0.1:{free_port()}"
    listeners = LISTENERS.format(safe=address, store=certificates[0], user=USER, password=PASSWORD)
    # The last of a key's values counts.
    broker = ApacheKafka(tmp_path_factory.mktemp("safe"), PROPERTIES + listeners)
    try:
        broker.start()
        yield broker, address
    finally:
        broker.stop()


def test_a_worker_speaks_sasl_over_tls(
    safe: tuple[ApacheKafka, str], certificates: tuple[Path, Path], tmp_path: Path
) -> None:
    kafka, address = safe
    with opened(Bench("kafka", kafka.bootstrap, "safe", tmp_path, None)) as bench:
        bench.environment = {
            "GROUNDSWELL_KAFKA__BROKERS": address,
            "GROUNDSWELL_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "GROUNDSWELL_KAFKA__SASL_USERNAME": USER,
            "GROUNDSWELL_KAFKA__SASL_PASSWORD": PASSWORD,
            "GROUNDSWELL_KAFKA__SSL_CAFILE": str(certificates[1]),
        }
        bench.produce(2_000)
        worker = bench.start()
        bench.exact()
        bench.stop(worker)
        bench.environment["GROUNDSWELL_KAFKA__SASL_PASSWORD"] = WRONG
        refused = bench.start()
        assert refused.wait() == 1
        assert "the broker refuses us: " in refused.text()
        assert "Authentication failed" in refused.text()
        del bench.environment["GROUNDSWELL_KAFKA__SSL_CAFILE"]
        distrusted = bench.start()
        assert distrusted.wait() == 1
        assert "CERTIFICATE_VERIFY_FAILED" in distrusted.text()
