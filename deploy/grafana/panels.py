"""The panels of the dashboards: one look, and queries that name their datasource once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    DataSourceRef,
    GraphDrawStyle,
    GraphGradientMode,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafana_foundation_sdk.cog import variants
    from grafana_foundation_sdk.cog.builder import Builder

    Panel = bargauge.Panel | stat.Panel | table.Panel | timeseries.Panel

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

GOOD, BAD, CALM, ODD, NEUTRAL = "green", "red", "blue", "orange", "purple"


class Query(NamedTuple):
    """A PromQL expression and the name under which its result is shown."""

    expr: str
    name: str


def figures(
    title: str,
    queries: Sequence[Query],
    *,
    color: str,
    description: str,
    alarm: tuple[float, str] | None = None,
) -> stat.Panel:
    """Big figures, one a query, each over a small curve of itself.

    `alarm` is a value from which on the figure takes another color.
    """
    steps = [Threshold(value=None, color=color)]
    if alarm:
        steps.append(Threshold(value=alarm[0], color=alarm[1]))
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(4)
        .height(7)
        .unit("short")
        .no_value("nothing yet")
        .graph_mode(BigValueGraphMode.AREA)
        .color_mode(BigValueColorMode.VALUE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME if len(queries) > 1 else BigValueTextMode.VALUE)
        .orientation(VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    )
    return panel.targets(_targets(queries))


def curves(
    title: str,
    queries: Sequence[Query],
    *,
    description: str,
    stacked: bool = False,
    colors: dict[str, str] | None = None,
) -> timeseries.Panel:
    """Lines over time, or stacked areas; `colors` names the color of a series."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(12)
        .height(8)
        .unit("short")
        .draw_style(GraphDrawStyle.LINE)
        .line_width(2)
        .line_interpolation(LineInterpolation.LINEAR)
        .fill_opacity(40 if stacked else 8)
        .gradient_mode(GraphGradientMode.OPACITY)
        .show_points(VisibilityMode.NEVER)
        .axis_soft_min(0)
        .stacking(
            common.StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE)
        )
        .tooltip(
            common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
        )
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
    )
    for name, color in (colors or {}).items():
        panel = panel.override_by_name(name, [_fixed(color)])
    return panel.targets(_targets(queries))


def bars(
    title: str,
    queries: Sequence[Query],
    *,
    description: str,
    color: str = CALM,
    colors: dict[str, str] | None = None,
) -> bargauge.Panel:
    """Bars side by side: what stands where at this moment; `colors` names those that differ."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(6)
        .height(8)
        .unit("short")
        .min(0)
        .no_value("none")
        .display_mode(BarGaugeDisplayMode.GRADIENT)
        .orientation(VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(color))
        .targets(_targets(queries, instant=True))
    )
    for name, other in (colors or {}).items():
        panel = panel.override_by_name(name, [_fixed(other)])
    return panel


def rows(title: str, by: str, queries: Sequence[Query], *, description: str) -> table.Panel:
    """Make a table with a row for each value of the label `by` and a column for each query."""
    columns = {f"Value #{_ref(place)}": query.name for place, query in enumerate(queries)}
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(24)
        .height(9)
        .unit("short")
        .filterable(filterable=True)
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {by: 0} | {name: at for at, name in enumerate(columns, 1)},
                    "renameByName": columns | {by: by.capitalize()},
                },
            )
        )
        .targets(
            [
                _target(place, query, instant=True).format(PromQueryFormat.TABLE)
                for place, query in enumerate(queries)
            ]
        )
    )


def _fixed(color: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})


def _ref(place: int) -> str:
    return chr(ord("A") + place)


def _targets(
    queries: Sequence[Query], *, instant: bool = False
) -> list[Builder[variants.Dataquery]]:
    return [_target(place, query, instant=instant) for place, query in enumerate(queries)]


def _target(place: int, query: Query, *, instant: bool = False) -> Dataquery:
    target = (
        Dataquery()
        .datasource(DATASOURCE)
        .ref_id(_ref(place))
        .expr(query.expr)
        .legend_format(query.name)
    )
    return target.instant() if instant else target.range()
