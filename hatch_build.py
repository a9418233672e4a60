"""Compiles `streams/compiled/*.pyx` while hatchling builds a wheel, or an editable install.

Without a C compiler, or with PURE_PYTHON=1, it is a wheel for all platforms: what is
compiled has its twin in Python.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from Cython.Build import cythonize
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

PACKAGE = "streams/compiled"
QUICK = [] if os.name == "nt" else ["-g0"]  # nobody debugs what Cython wrote


class Compile(BuildHookInterface[Any]):
    """Compiles before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Compile into the source tree, as an editable install finds it there."""
        package = Path(self.root, PACKAGE)
        for old in (*package.glob("*.so"), *package.glob("*.pyd")):
            old.unlink()
        if os.environ.get("PURE_PYTHON", "0") not in {"", "0"}:
            return
        sources = sorted(package.glob("*.pyx"))
        try:
            built = compiled(sources, package)
        except Exception as error:  # noqa: BLE001 - of the compiler, or that there is none
            self.app.display_warning(f"nothing is compiled, Python does its work: {error}")
            return
        build_data["infer_tag"] = bool(built)
        build_data["pure_python"] = not built
        build_data["artifacts"] += [f"{PACKAGE}/{each.name}" for each in built]


def compiled(sources: list[Path], into: Path) -> list[Path]:
    """Compile modules; return the libraries."""
    name = PACKAGE.replace("/", ".")
    with TemporaryDirectory() as folder:
        modules = cythonize(
            [
                Extension(f"{name}.{each.stem}", [str(each)], extra_compile_args=QUICK)
                for each in sources
            ],
            build_dir=folder,
            language_level=3,
            quiet=True,
        )
        command = build_ext(Distribution({"ext_modules": modules}))
        command.build_lib, command.build_temp = folder, folder
        command.parallel = min(len(sources), os.cpu_count() or 1) or None
        command.ensure_finalized()
        command.run()
        return [Path(shutil.move(each, into)) for each in command.get_outputs()]
