"""Settings that are wrong, in every command: one line that names the setting, and no value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

ROOT = Path(__file__).parents[2]
COMMAND = "from streams.cli.main import app; app()"
SECRET = "hunter2-and-more"  # noqa: S105 (nobody's)

WITH_SETTINGS = {
    "backtest": ("backtest", "FILE", "-t", "complaints"),
    "deadletter export": ("deadletter", "export", "EXPORT"),
    "deadletter list": ("deadletter", "list"),
    "deadletter replay": ("deadletter", "replay", "FILE"),
    "doctor": ("doctor",),
    "load": ("load", "FILE", "-t", "complaints"),
    "replay": ("replay", "FILE", "-t", "complaints"),
    "tail": ("tail", "alerts", "--exit"),
    "topics": ("topics",),
    "topics --create": ("topics", "--create"),
    "worker": ("worker",),
}
WITHOUT = {"demo": ("demo", "--exit"), "schema": ("schema", "--out", "EXPORT")}
ALL = WITH_SETTINGS | WITHOUT

Environment = dict[str, str]

VARIABLES: list[tuple[Environment, str]] = [
    (
        {"GROUNDSWELL_KAFKA__SASL_PASWORD": SECRET},
        (
            "GROUNDSWELL_KAFKA__SASL_PASWORD sets nothing; "
            "did you mean GROUNDSWELL_KAFKA__SASL_PASSWORD?"
        ),
    ),
    (
        {"GROUNDSWELL_KAFKA_BROKERS": f"{SECRET}:9092"},
        "GROUNDSWELL_KAFKA_BROKERS sets nothing; did you mean GROUNDSWELL_KAFKA__BROKERS?",
    ),
    (
        {"GROUNDSWELL_SASL_PASSWORD": SECRET},
        "GROUNDSWELL_SASL_PASSWORD sets nothing; did you mean GROUNDSWELL_KAFKA__SASL_PASSWORD?",
    ),
    (
        {"GROUNDSWELL_FOO": SECRET},
        "GROUNDSWELL_FOO sets nothing; docs/settings.md lists what there is",
    ),
    (
        {"groundswell_kafka__broker": SECRET},
        "groundswell_kafka__broker sets nothing; did you mean GROUNDSWELL_KAFKA__BROKERS?",
    ),
    ({"GROUNDSWELL_": SECRET}, "GROUNDSWELL_ sets nothing; "),
    ({"GROUNDSWELL_KAFKA__BROKERS__": SECRET}, "GROUNDSWELL_KAFKA__BROKERS__ sets nothing; "),
    (
        {"GROUNDSWELL_KAFKA__PARTITIONS": "3", "groundswell_kafka__partitions": "4"},
        "GROUNDSWELL_KAFKA__PARTITIONS and groundswell_kafka__partitions are the same setting",
    ),
    ({"GROUNDSWELL_KAFKA": SECRET}, "GROUNDSWELL_KAFKA must be a table in JSON"),
    (
        {"GROUNDSWELL_KAFKA": f'{{"sasl_pasword": "{SECRET}"}}'},
        "GROUNDSWELL_KAFKA: there is no setting kafka.sasl_pasword; did you mean 'sasl_password'?",
    ),
    (
        {"GROUNDSWELL_KAFKA": f'{{"sasl_password": ["{SECRET}"]}}'},
        "GROUNDSWELL_KAFKA: kafka.sasl_password: Input should be a valid string",
    ),
    (
        {"GROUNDSWELL_DETECT__METRICS": SECRET},
        "GROUNDSWELL_DETECT__METRICS must be a list in JSON",
    ),
    (
        {"GROUNDSWELL_TABLES__BREAKDOWNS": f'["{SECRET}"'},
        "GROUNDSWELL_TABLES__BREAKDOWNS must be a table in JSON",
    ),
    (
        {"GROUNDSWELL_TABLES__BREAKDOWNS__COMPLAINTS": SECRET},
        "GROUNDSWELL_TABLES__BREAKDOWNS__COMPLAINTS must be a list in JSON",
    ),
    (
        {"GROUNDSWELL_DETECT__OPENING__GOLD": "3"},
        "GROUNDSWELL_DETECT__OPENING__GOLD: names of segments have upper and lower case",
    ),
    (
        {"GROUNDSWELL_KAFKA__PARTITIONS": SECRET},
        "GROUNDSWELL_KAFKA__PARTITIONS: kafka.partitions: Input should be a valid integer",
    ),
    (
        {"GROUNDSWELL_KAFKA__REPLICATION": "99999"},
        "kafka.replication: Input should be less than or equal to 32767",
    ),
    ({"GROUNDSWELL_WORKER__PORT": "65536"}, "worker.port: Input should be less than"),
    ({"GROUNDSWELL_WORKER__FLUSH_INTERVAL": "nan"}, "worker.flush_interval: Input should be"),
    ({"GROUNDSWELL_DETECT__BUDGET": "inf"}, "detect.budget: Input should be a finite number"),
    ({"GROUNDSWELL_DETECT__COUNTRY": "XX"}, "no holidays are known for XX"),
    (
        {"GROUNDSWELL_KAFKA__SECURITY_PROTOCOL": SECRET},
        "kafka.security_protocol: Input should be 'PLAINTEXT', 'SSL',",
    ),
    (
        {"GROUNDSWELL_KAFKA__BROKERS": f"SASL_SSL://me:{SECRET}@broker:9092"},
        "GROUNDSWELL_KAFKA__BROKERS: kafka.brokers: write host:port, with commas between several",
    ),
    ({"GROUNDSWELL_KAFKA__BROKERS": "broker:port"}, "kafka.brokers: write host:port"),
    ({"GROUNDSWELL_KAFKA__BROKERS": ""}, "kafka.brokers: write host:port"),
]

PASSWORD = {"GROUNDSWELL_KAFKA__SASL_PASSWORD": SECRET}
LOGIN = PASSWORD | {
    "GROUNDSWELL_KAFKA__SASL_USERNAME": "me",
    "GROUNDSWELL_KAFKA__SASL_MECHANISM": "PLAIN",
}
PROTOCOL = "GROUNDSWELL_KAFKA__SECURITY_PROTOCOL"

TOGETHER: list[tuple[Environment, str]] = [
    (
        PASSWORD,
        (
            "kafka.sasl_password is set, but kafka.security_protocol is PLAINTEXT, which knows no "
            "login: set it to SASL_SSL or SASL_PLAINTEXT; kafka.sasl_mechanism and "
            "kafka.sasl_username are not set either"
        ),
    ),
    (
        LOGIN | {PROTOCOL: "SSL"},
        "are set, but kafka.security_protocol is SSL, which knows no login",
    ),
    (
        PASSWORD | {PROTOCOL: "SASL_PLAINTEXT", "GROUNDSWELL_KAFKA__SASL_USERNAME": "me"},
        (
            "kafka.security_protocol is SASL_PLAINTEXT, and kafka.sasl_mechanism is not set (the "
            "mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)"
        ),
    ),
    (
        {PROTOCOL: "SASL_SSL", "GROUNDSWELL_KAFKA__SASL_MECHANISM": "PLAIN"},
        "kafka.sasl_username and kafka.sasl_password are not set",
    ),
    (
        LOGIN | {PROTOCOL: "SASL_PLAINTEXT", "GROUNDSWELL_KAFKA__SASL_PASSWORD": ""},
        "kafka.sasl_password is not set",
    ),
    (
        {"GROUNDSWELL_KAFKA__SSL_CAFILE": "FILE"},
        (
            "kafka.ssl_cafile is set, but kafka.security_protocol is PLAINTEXT, which knows no "
            "certificates: set it to SSL"
        ),
    ),
    (
        {PROTOCOL: "SSL", "GROUNDSWELL_KAFKA__SSL_CAFILE": "nowhere.pem"},
        "kafka.ssl_cafile: nowhere.pem cannot be read: No such file",
    ),
    (
        {PROTOCOL: "SSL", "GROUNDSWELL_KAFKA__SSL_CAFILE": ""},
        "kafka.ssl_cafile: . cannot be read: Is a directory",
    ),
    (
        {PROTOCOL: "SSL", "GROUNDSWELL_KAFKA__SSL_CAFILE": "FILE"},
        "has no certificate in PEM",
    ),
    (
        {PROTOCOL: "SSL", "GROUNDSWELL_KAFKA__SSL_CERTFILE": "FILE"},
        "no certificate and key in PEM that belong together",
    ),
    (
        {PROTOCOL: "SSL", "GROUNDSWELL_KAFKA__SSL_KEYFILE": "FILE"},
        "kafka.ssl_keyfile is set, and kafka.ssl_certfile is not",
    ),
]

FILES: list[tuple[str | bytes, str]] = [
    (f"[kafka]\nsasl_pasword = '{SECRET}'", "no setting kafka.sasl_pasword; did you mean"),
    (
        f"sasl_password = '{SECRET}'",
        "no setting sasl_password; did you mean 'kafka.sasl_password'?",
    ),
    (f"[kafca]\nsasl_password = '{SECRET}'", "no setting kafca; did you mean 'kafka'?"),
    (f"[kafka.sasl_password]\nvalue = '{SECRET}'", "kafka.sasl_password: Input should be a valid"),
    (f"[kafka]\nsasl_password = ['{SECRET}']", "kafka.sasl_password: Input should be a valid"),
    (f"kafka = '{SECRET}'", "kafka: Input should be a table"),
    (f"[worker]\nport = '{SECRET}'", "worker.port: Input should be a valid integer"),
    (f"[kafka]\nsasl_password = {SECRET}", "is not TOML: "),
    (f"[kafka]\nsasl_password = '{SECRET}", "is not TOML: "),
    (f"[kafka]\nport = {'9' * 5000}", "is not TOML: "),
    (f"[kafka]\nsasl_password = '{SECRET}\xe9'".encode("latin-1"), "is not UTF-8"),
    ("[tables.breakdowns]\ncomplaint = [[]]", "tables.breakdowns.complaint: Input should be"),
    ("[detect.tuning]\nday_exces = 3", "detect.tuning: there is no day_exces; there is: "),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.upper().startswith("GROUNDSWELL_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("occurred_at\n2017-01-18\n")


def says(result: Result, told: str) -> None:
    """One line on stderr that says so, and nothing else."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert SECRET not in line


def put(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize(("environment", "told"), VARIABLES, ids=lambda given: str(given)[:40])
def test_a_variable_that_is_wrong_stops_every_command(
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    environment: Environment,
    told: str,
) -> None:
    put(monkeypatch, environment)
    says(run(*ALL[command]), told)


@pytest.mark.parametrize("command", WITH_SETTINGS)
@pytest.mark.parametrize(("environment", "told"), TOGETHER, ids=lambda given: str(given)[:40])
def test_settings_that_do_not_fit_stop_every_command_that_has_settings(
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    environment: Environment,
    told: str,
) -> None:
    put(monkeypatch, environment)
    says(run(*ALL[command]), told)


def test_half_a_login_does_not_stop_a_command_that_has_no_settings(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half may stand in the file of the commands that have."""
    put(monkeypatch, PASSWORD)
    assert run(*ALL["schema"]).exit_code == 0


@pytest.mark.parametrize("command", WITH_SETTINGS)
@pytest.mark.parametrize(("text", "told"), FILES, ids=lambda given: str(given)[:40])
def test_a_file_that_is_wrong_stops_every_command_that_has_settings(
    run: Callable[..., Result], command: str, text: str | bytes, told: str
) -> None:
    file = Path("groundswell.toml")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    says(run(*ALL[command], "--settings", file), told)


@pytest.mark.parametrize("command", WITH_SETTINGS)
@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("nowhere.toml", "settings file nowhere.toml is not there"),
        (".", "settings file . cannot be read: Is a directory"),
        ("FILE/under", "settings file FILE/under cannot be read: Not a directory"),
    ],
)
def test_a_file_that_cannot_be_read_stops_every_command_that_has_settings(
    run: Callable[..., Result], command: str, file: str, told: str
) -> None:
    says(run(*ALL[command], "--settings", file), told)


@pytest.mark.parametrize("command", sorted(ALL.keys() - {"backtest", "replay", "worker", *WITHOUT}))
def test_addresses_on_the_command_line_are_checked(
    run: Callable[..., Result], command: str
) -> None:
    given = run(*ALL[command], "--brokers", f"me:{SECRET}@broker:9092")
    says(given, "--brokers: kafka.brokers: write host:port")


@pytest.mark.parametrize("command", ALL)
def test_the_process_says_no_more_than_that(command: str) -> None:
    given: Any = subprocess.run(
        [sys.executable, "-c", COMMAND, *ALL[command]],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GROUNDSWELL_KAFKA__SASL_PASWORD": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (given.returncode, given.stdout) == (1, "")
    assert given.stderr == (
        "error: GROUNDSWELL_KAFKA__SASL_PASWORD sets nothing; "
        "did you mean GROUNDSWELL_KAFKA__SASL_PASSWORD?\n"
    )
