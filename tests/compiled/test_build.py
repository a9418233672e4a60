"""What is compiled is there where it can be, and nothing misses it where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from streams import compiled

ROOT = Path(__file__).parents[2]
PACKAGE = Path("streams/compiled")
NAMES = sorted(path.stem for path in (ROOT / PACKAGE).glob("*.pyx"))
ONE = "events"
BUILT_FROM = ("LICENSE", "README.md", "hatch_build.py", "pyproject.toml", "docs", "schemas")


def wheel(home: Path, **environment: str) -> Path:
    """Build a wheel of the source tree in `home`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home / "dist")]
    subprocess.run(
        command, cwd=home, env={**os.environ, **environment}, check=True, capture_output=True
    )
    return next((home / "dist").iterdir())


def libraries(built: Path) -> list[str]:
    names = zipfile.ZipFile(built).namelist()
    return sorted(Path(one).name for one in names if one.endswith(tuple(EXTENSION_SUFFIXES)))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source tree, as it was cloned, but for all modules to be compiled but one."""
    for name in BUILT_FROM:
        whole = ROOT / name
        copy = shutil.copytree if whole.is_dir() else shutil.copy
        copy(whole, tmp_path / name)
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
    shutil.copytree(ROOT / "streams", tmp_path / "streams", ignore=ignored)
    for name in NAMES:
        if name != ONE:
            (tmp_path / PACKAGE / f"{name}.pyx").unlink()
    return tmp_path


def test_all_modules_are_compiled() -> None:
    missing = [name for name in NAMES if find_spec(f"{compiled.__name__}.{name}") is None]
    if missing and os.environ.get("CI") != "true":
        pytest.skip("there was no C compiler at `make install`")
    assert NAMES
    assert missing == []


@pytest.mark.slow
def test_a_wheel_has_what_it_compiled_and_is_of_this_platform(source: Path) -> None:
    built = wheel(source, PURE_PYTHON="0")
    if not libraries(built) and os.environ.get("CI") != "true":
        pytest.skip("there is no C compiler")
    assert [name.partition(".")[0] for name in libraries(built)] == [ONE]
    assert not built.name.endswith("-any.whl")


@pytest.mark.parametrize("without", [{"PURE_PYTHON": "1"}, {"PURE_PYTHON": "0", "CC": "false"}])
def test_a_wheel_is_built_without_a_compiler(source: Path, without: dict[str, str]) -> None:
    built = wheel(source, **without)
    assert libraries(built) == []
    assert built.name.endswith("-py3-none-any.whl")


def _of_nothing(one: int) -> int:
    return one + 1


def test_what_is_not_compiled_is_done_in_python() -> None:
    assert compiled.instead_of(_of_nothing, "nothing") is _of_nothing


@pytest.mark.skipif(compiled.PURE, reason="nothing compiled is asked for")
def test_what_was_compiled_before_a_function_came_to_be_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older = ModuleType(f"{compiled.__name__}.nothing")
    older.__file__ = "streams/compiled/nothing.so"
    monkeypatch.setitem(sys.modules, older.__name__, older)
    with pytest.raises(ImportError) as raised:
        compiled.instead_of(_of_nothing, "nothing")
    assert str(raised.value) == (
        "streams/compiled/nothing.so was compiled from an older nothing.pyx: run `make install`"
    )
    assert (raised.value.name, raised.value.path) == (older.__name__, older.__file__)
    vars(older)["of_nothing"] = _of_nothing
    assert compiled.instead_of(_of_nothing, "nothing") is _of_nothing


def test_nothing_compiled_runs_where_that_is_asked_for() -> None:
    told = "from streams import compiled; print(compiled.PURE)"
    for given, said in (("1", "True"), ("0", "False"), ("", "False")):
        printed = subprocess.run(
            [sys.executable, "-c", told],
            env={**os.environ, "PURE_PYTHON": given},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert printed == f"{said}\n"
