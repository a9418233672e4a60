"""Has schemathesis try the API of a console over recorded rows: no 500, nothing undocumented.

    make fuzz-console

It is installed into a folder that is removed again. What its checks leave out: that data is
refused which fits the description, as a cursor of another list or a note without words does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from console_bed import ROLES, served, token_of, tokens

VERSION = "4.32.5"
CONFIG = """
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413, 414, 415, 422]
"""


def main() -> int:
    examples = sys.argv[1] if len(sys.argv) > 1 else "20"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        pip = folder / "venv/bin/pip"
        subprocess.run([pip, "install", "-q", f"schemathesis=={VERSION}"], check=True)
        (folder / "schemathesis.toml").write_text(CONFIG)
        worst = 0
        with served(folder, tokens()) as bed:
            for role in (ROLES[0], ROLES[-1]):
                sys.stdout.write(f"as a {role}\n")
                sys.stdout.flush()
                run: list[str | Path] = [
                    folder / "venv/bin/schemathesis", "run", f"{bed.url}/v1/openapi.json",
                    "--header", f"Authorization: Bearer {token_of(role)}",
                    "--max-examples", examples, "--seed", "1",
                ]  # fmt: skip
                worst = max(worst, subprocess.run(run, check=False, cwd=folder).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
