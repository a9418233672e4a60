"""Fetches the files of others that the pages of the console need, as they are published.

    make assets

Which they are stands in streams/console/static/vendor/vendor.json: package, version, licence, and
of each file where it lies in the package and its SHA-256. They come by the package manager's own
registry, as it is set up here. A file that is not what its hash says is not kept; after a new
version was written into vendor.json, `--renew` writes the hashes anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "streams" / "console" / "static" / "vendor"
MANIFEST = FOLDER / "vendor.json"


def fetched(package: str, version: str, into: Path) -> dict[str, bytes]:
    """Give the files of a package by their path in it."""
    command = ["npm", "pack", "--silent", f"{package}@{version}"]
    done = subprocess.run(command, cwd=into, check=True, capture_output=True, text=True)  # noqa: S603
    with tarfile.open(into / done.stdout.strip().splitlines()[-1]) as packed:
        return {
            member.name.removeprefix("package/"): file.read()
            for member in packed
            if member.isfile() and (file := packed.extractfile(member)) is not None
        }


def main() -> int:
    """Fetch all of them; returns 1 if one is not what its hash says."""
    renew = "--renew" in sys.argv[1:]
    packages: dict[str, Any] = json.loads(MANIFEST.read_text())
    wrong = []
    for package, about in packages.items():
        with tempfile.TemporaryDirectory() as folder:
            files = fetched(package, about["version"], Path(folder))
        for name, of in about["files"].items():
            content = files[of["from"]]
            digest = sha256(content).hexdigest()
            if renew:
                of["sha256"] = digest
            if digest != of["sha256"]:
                wrong.append(name)
                continue
            (FOLDER / name).write_bytes(content)
    if renew:
        MANIFEST.write_text(json.dumps(packages, indent=2) + "\n")
    sys.stdout.write(f"not what their hash says: {', '.join(wrong)}\n" if wrong else "as hashed\n")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
