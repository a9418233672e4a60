"""The chart of `bench.py`: CPU a million events by load and contender, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH: Final = 760
NAMES: Final = 210
BAR: Final = 16
GAP: Final = 6
LONGEST: Final = WIDTH - NAMES - 70
TITLE: Final = 34
STYLE: Final = """\
text { font: 12px system-ui, sans-serif; fill: #24292f } .load { font-weight: 600 }
.peer { fill: #9aa5b1 } .ours { fill: #1a7f64 }
@media (prefers-color-scheme: dark) { text { fill: #d0d7de } .peer { fill: #57606a } }"""


def bars(loads: Mapping[str, Mapping[str, float]]) -> str:
    """Draw a bar for each contender, a group for each load; CPU seconds a million events.

    A bar that is more than twice as long as any other of its load is cut.
    """
    parts: list[str] = []
    top = 0.0
    for load, found in loads.items():
        parts.append(f'<text class="load" x="0" y="{top + 20:g}">{escape(load)}</text>')
        top += TITLE
        *_, second, largest = sorted([0.0, *found.values()])
        full = largest if largest <= 2 * second or not second else second
        for name, cpu in found.items():
            kind = "ours" if name.startswith("Groundswell") else "peer"
            length = max(1.0, LONGEST * min(1.0, cpu / full))
            label, bar = f'y="{top + BAR - 4:g}"', f'x="{NAMES}" y="{top:g}" height="{BAR}"'
            parts += [
                f'<text x="{NAMES - 8}" {label} text-anchor="end">{escape(name)}</text>',
                f'<rect class="{kind}" {bar} width="{length:.1f}"/>',
                f'<text x="{NAMES + length + 6:.1f}" {label}>{cpu:.1f}</text>',
            ]
            top += BAR + GAP
        top += GAP
    title = "CPU seconds a million events; shorter is better"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:g}" role="img">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            *parts,
            "</svg>",
            "",
        ]
    )
