from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from streams.core.catalogue import TOPICS
from streams.core.config import Detect
from streams.core.customers.definitions import Definitions
from streams.settings import Kafka, Settings, SettingsError, load
from streams.settings.doubts import of_holidays

PAGE = (Path(__file__).parents[1] / "docs" / "settings.md").read_text()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "groundswell.toml"


def test_the_environment_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[kafka]\nbrokers = "a:1"\nreplication = 3\n')
    monkeypatch.setenv("GROUNDSWELL_KAFKA__BROKERS", "b:2")
    kafka = load(file).kafka
    assert (kafka.brokers, kafka.replication) == ("b:2", 3)


def test_a_file_may_begin_with_a_mark_of_its_encoding(file: Path) -> None:
    file.write_text('[kafka]\nbrokers = "a:1"\n', encoding="utf-8-sig")
    assert load(file).kafka.brokers == "a:1"


def test_an_unknown_name_is_refused(file: Path) -> None:
    file.write_text("[tables]\ngraze = 5\n")
    with pytest.raises(SettingsError, match=r"no setting tables\.graze; did you mean 'grace'"):
        load(file)


def test_a_breakdown_by_a_label_that_the_metric_lacks_is_refused(file: Path) -> None:
    file.write_text('[tables.breakdowns]\nrevenue = [["company"]]\n')
    with pytest.raises(SettingsError, match="revenue has no label company; it has segment, kind"):
        load(file)


def test_days_are_those_of_utc_unless_a_zone_is_set(file: Path) -> None:
    assert (Settings().calendar.timezone, Settings().customers.zone) == ("UTC", "UTC")
    file.write_text('[calendar]\ntimezone = "America/New_York"\n')
    using = load(file)
    assert using.calendar.zone.name == using.customers.zone == "America/New_York"
    assert using.customers.definitions.zone == "America/New_York"
    file.write_text('[calendar]\ntimezone = "Asia/Tokyo"\n[customers]\nzone = "UTC"\n')
    assert load(file).customers.definitions.zone == "UTC"
    assert Settings().customers.definitions == Definitions()


@pytest.mark.parametrize("name", ["Europe/Berln", "", "../etc", "CEST+1"])
def test_a_zone_that_is_none_is_refused(file: Path, name: str) -> None:
    file.write_text(f'[calendar]\ntimezone = "{name}"\n')
    with pytest.raises(SettingsError, match=r"calendar\.timezone: write the IANA name"):
        load(file)


def test_the_part_of_a_country_is_asked_for_where_parts_differ() -> None:
    def doubt(country: str, part: str | None = None) -> str | None:
        return of_holidays(Settings(detect=Detect(country=country, subdivision=part)))

    assert "set detect.subdivision to ENG, NIR, SCT, WLS; or to 'none'" in (doubt("GB") or "")
    assert "32 more" in (doubt("US") or "")
    assert doubt("GB", "ENG") is doubt("GB", "none") is doubt("JP") is None


def test_a_file_that_is_not_there_is_reported() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml is not there"):
        load(Path("nowhere.toml"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_a_key_that_is_encrypted_is_reported_and_nobody_is_asked_for_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate, plain = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "plain.pem"
    given = ["-passout", "pass:only-for-tests", "-subj", "/CN=here", "-days", "1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", *given]
    subprocess.run(
        [*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    opened = ["openssl", "rsa", "-in", str(key), "-passin", "pass:only-for-tests"]
    subprocess.run([*opened, "-out", str(plain)], check=True, capture_output=True)
    monkeypatch.setenv("GROUNDSWELL_KAFKA__SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("GROUNDSWELL_KAFKA__SSL_CERTFILE", str(certificate))
    monkeypatch.setenv("GROUNDSWELL_KAFKA__SSL_KEYFILE", str(key))
    with pytest.raises(SettingsError, match=r"key\.pem: the key is encrypted; use one that is not"):
        load()
    monkeypatch.setenv("GROUNDSWELL_KAFKA__SSL_KEYFILE", str(plain))
    assert load().kafka.ssl_keyfile == plain


def test_lists_and_tables_in_the_environment_are_json(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[kafka]\nbrokers = "a:1"\nreplication = 3\npartitions = 9\n')
    monkeypatch.setenv("GROUNDSWELL_KAFKA", '{"brokers": "b:2", "partitions": 8}')
    monkeypatch.setenv("GROUNDSWELL_KAFKA__PARTITIONS", "7")
    monkeypatch.setenv("GROUNDSWELL_DETECT__METRICS", '["refusals"]')
    monkeypatch.setenv("GROUNDSWELL_DETECT__OPENING", '{"Gold": 12}')
    monkeypatch.setenv("groundswell_detect__tuning__day_excess", "12")
    monkeypatch.setenv("GROUNDSWELL_TABLES__BREAKDOWNS__SIGNUPS", '[["plan"]]')
    settings = load(file)
    kafka, detect = settings.kafka, settings.detect
    assert (kafka.brokers, kafka.replication, kafka.partitions) == ("b:2", 3, 7)
    assert (detect.metrics, detect.opening) == (("refusals",), {"Gold": 12})
    assert detect.tuning == {"day_excess": 12.0}
    assert settings.tables.breakdowns == {"signups": (("plan",),)}


@pytest.mark.parametrize(
    "brokers",
    [
        "kafka",
        "kafka:9092",
        "a.example:9092, b.example:9093",
        "[::1]:9092",
        "10.0.0.1:9092",
        "a_b:1",
    ],
)
def test_addresses_of_every_form_are_taken(monkeypatch: pytest.MonkeyPatch, brokers: str) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA__BROKERS", brokers)
    assert load().kafka.brokers == brokers


def test_a_worker_can_have_the_name_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_WORKER__INSTANCE", "@hostname")
    assert load().worker.instance == socket.gethostname()


def test_no_error_of_the_model_quotes_a_value() -> None:
    with pytest.raises(ValidationError) as refused:
        Kafka.model_validate({"sasl_password": ["only-for-tests"], "partitions": "only-for-tests"})
    assert "only-for-tests" not in str(refused.value)


def test_settings_made_in_code_heed_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA__BROKERS", "b:2")
    assert Settings().kafka.brokers == "127.0.0.1:9092"


def test_the_page_has_every_setting() -> None:
    for part, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        for name in model.model_fields:
            assert f"`{part}.{name}`" in PAGE


def test_the_page_has_every_label() -> None:
    for topic in TOPICS.values():
        if topic.metrics:  # else no series is kept by them
            assert f"| {', '.join(topic.metrics)} | {', '.join(topic.labels)} |" in PAGE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[kafka]\n{'x' * 5_000} = 1", f"no setting kafka.{'x' * 114}...; there is: brokers"),
        ('[kafka]\n"a\\u001b[31m\\nb" = 1', "no setting kafka.a\ufffd[31m\ufffdb; there is: "),
        ("".join(f"x{number} = 1\n" for number in range(99)), "; and 89 more"),
        (f"# {'x' * 2**20}", "is larger than 1 MiB"),
        ("[detect]\nmetrics = 'complaints'", "detect.metrics: Input should be a list"),
        ("[kafka]\nssl_cafile = 5", "kafka.ssl_cafile: Input should be the name of a file"),
        ("[notify.people.ada]", "notify.people.ada.tell: it is needed"),
        (
            "[customers]\nstart = 2016-01-01T00:00:00",
            "write a time with its offset",
        ),
        (
            "[worker]\nflush_interval = 1e-300",
            "flush_interval: Input should be greater than or equal",
        ),
        ("[tables]\ngrace = 9999999999999", "tables.grace: Input should be less than or equal to"),
        (
            "[detect.opening]\nGold = -5",
            "detect.opening.Gold: Input should be greater than or equal",
        ),
        (
            "[tables.breakdowns]\ncomplaints = [['product', 'product']]",
            "tables.breakdowns: a breakdown of complaints names a label twice",
        ),
        (
            f"[detect]\ncountry = '{'x' * 9_000}'",
            f"for {'x' * 20}: country and subdivision are codes",
        ),
    ],
    ids=lambda given: given[:40],
)
def test_what_nobody_can_mean_is_refused_in_a_line(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as raised:
        load(file)
    line = str(raised.value)
    assert told in line
    assert line.isprintable()
    assert len(line) < 5_000
