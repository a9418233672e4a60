"""Writes the dashboards as Grafana reads them: `python -m deploy.grafana.generate`."""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.dashboard import build

FILE = Path(__file__).parent / "dashboards" / "groundswell.json"


def encoded() -> str:
    """Encode the dashboard: the text of its file."""
    return JSONEncoder(sort_keys=True, indent=2).encode(build()) + "\n"


if __name__ == "__main__":
    FILE.write_text(encoded())
