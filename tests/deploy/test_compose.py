from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import pytest
from tools import ROOT, run, tool


@cache
def loaded() -> dict[str, Any]:
    """Load docker-compose.yml as the reference library does; it refuses what is not valid."""
    here = ROOT / "tests/deploy/compose"
    run(tool("go", "Go"), "build", "-o", here / "build/check", ".", cwd=here)
    project: dict[str, Any] = json.loads(run(here / "build/check", ROOT / "docker-compose.yml"))
    return project


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = loaded()["services"]
    return found


def test_it_has_kafka_a_worker_and_what_watches_them() -> None:
    watching = {"prometheus", "alertmanager", "grafana", "console", "notify"}
    assert services().keys() == {"kafka", "worker", *watching}


def test_every_port_is_on_loopback_only() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert len(ports) == 7
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_every_image_from_elsewhere_is_pinned_to_a_version() -> None:
    for name, service in services().items():
        version = service["image"].rpartition(":")[2]
        ours = service["image"] == services()["worker"]["image"]
        assert version[-1].isdigit() or ours, name


def test_every_service_has_a_health_check_and_is_waited_for_by_it() -> None:
    for name, service in services().items():
        assert "healthcheck" in service or name == "worker"  # the worker's is in its image
        for needed in service.get("depends_on", {}).values():
            assert needed["condition"] == "service_healthy"
    assert "HEALTHCHECK" in (ROOT / "deploy/Dockerfile").read_text()


def test_every_mounted_file_is_there_and_read_only() -> None:
    mounts = [one for service in services().values() for one in service.get("volumes", [])]
    for mount in mounts:
        if mount["type"] == "bind":
            assert os.path.exists(mount["source"]), mount  # noqa: PTH110
            assert mount["read_only"], mount
        else:
            assert mount["source"] in loaded()["volumes"]


def test_nothing_runs_with_more_rights_than_it_needs() -> None:
    for service in services().values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")


def test_no_password_or_key_is_in_it() -> None:
    text = (ROOT / "docker-compose.yml").read_text().lower()
    assert not [word for word in ("passwd", "secret", "token", "api_key") if word in text]
    assert "password:" not in text


def test_the_worker_is_scraped_where_it_listens() -> None:
    config = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    [port] = services()["worker"]["ports"]
    assert f"names: [worker]\n        type: A\n        port: {port['target']}\n" in config
    assert services()["worker"]["environment"]["GROUNDSWELL_KAFKA__BROKERS"] == "kafka:19092"


def test_each_worker_is_known_again_by_the_name_of_its_container() -> None:
    worker = services()["worker"]
    assert worker["environment"]["GROUNDSWELL_WORKER__INSTANCE"] == "@hostname"
    assert "hostname" not in worker  # scaled, they would share it
    assert "container_name" not in worker


def test_kafka_tells_its_clients_the_addresses_it_listens_on() -> None:
    environment = services()["kafka"]["environment"]
    listens = dict(one.split("://:") for one in environment["KAFKA_LISTENERS"].split(","))
    advertised = dict(
        one.split("://") for one in environment["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    assert advertised == {"INSIDE": "kafka:19092", "HOST": "127.0.0.1:9092"}
    assert listens == {"CONTROLLER": "9093", "INSIDE": "19092", "HOST": "9092"}
    assert environment["KAFKA_INTER_BROKER_LISTENER_NAME"] in advertised


@pytest.mark.parametrize("name", ["kafka", "prometheus", "alertmanager", "grafana", "console"])
def test_what_must_last_is_in_a_volume(name: str) -> None:
    targets = {one["source"] for one in services()[name]["volumes"] if one["type"] == "volume"}
    assert targets == {f"{name}-data"}
