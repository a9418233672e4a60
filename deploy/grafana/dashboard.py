"""The first dashboard: the scoreboard, complaints, alerts, and the pipeline behind them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    VariableOption,
    VariableRefresh,
)

from deploy.grafana.panels import (
    BAD,
    CALM,
    DATASOURCE,
    GOOD,
    NEUTRAL,
    ODD,
    Query,
    bars,
    curves,
    figures,
    rows,
)
from deploy.grafana.pipeline import pipeline
from deploy.grafana.queries import (
    customers,
    events,
    money,
    money_of_segment,
    month,
    month_money,
    month_of_segment,
    of_incident,
    of_segment,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grafana_foundation_sdk.models.dashboard import Dashboard as Model

    from deploy.grafana.panels import Panel

THIS_MONTH = "Customers in, customers out: this month so far, in customers and in $currency"
WINDOWS = "1h,24h,7d,28d,90d,365d"
SHOWN_FIRST = "28d"
IN_WINDOW = "in the chosen window, as of the event time above"


ONCE, A_YEAR = "$currency", "$currency a year"
"""Signups say what a customer is worth a month, cancellations what is lost a year: twelve times
the one is beside the other."""


def build() -> Model:
    """Build the dashboard."""
    board = (
        Dashboard("Groundswell")
        .uid("groundswell")
        .description("Are our customers turning? In whole customers and in money.")
        .tags(["groundswell", "customers"])
        .editable()
        .time("now-6h", "now")
        .refresh("15s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(
            CustomVariable("window")
            .label("Window")
            .description("How far back the rolling figures reach.")
            .values(WINDOWS)
            .current(VariableOption(text=SHOWN_FIRST, value=SHOWN_FIRST))
        )
        .with_variable(
            QueryVariable("currency")
            .label("Currency")
            .datasource(DATASOURCE)
            .query("label_values(groundswell_rolling_value_minor_units, currency)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        )
        .with_variable(
            CustomVariable("minor")
            .label("Minor units")
            .description("How many minor units make one: 100 cents; 1 for yen, 1000 for dinars.")
            .values("100,1,1000")
            .current(VariableOption(text="100", value="100"))
        )
    )
    number, later = count(1), count(101)  # ids that stay make links to a panel stay
    for title, panels in (
        ("Now", _now()),
        (THIS_MONTH, _month()),
        ("Scoreboard: the last $window, in customers and in $currency", _scoreboard()),
        ("Complaints", _complaints()),
        ("By customer segment, the last $window", _segments()),
        ("The pipeline", pipeline()),
    ):
        ids = later if title == THIS_MONTH else number
        board = board.with_row(Row(title).id(next(ids)))
        for panel in panels:
            board = board.with_panel(panel.id(next(ids)))
    return board.build()


def _month() -> Iterable[Panel]:
    so_far = "In the month of the customer clock so far; only where customers.enabled is set."
    for title, unit, name, color in (
        ("Customers", "closing", "customers", CALM),
        ("New", "new", "new", GOOD),
        ("Lost", "lost", "lost", BAD),
        ("At risk", "at_risk", "at risk", ODD),
    ):
        yield figures(
            title,
            [Query(month(unit), name), Query(month_money(unit), "$currency a month")],
            color=color,
            description=so_far,
        ).span(6)
    yield bars(
        "Customers in and out",
        [
            Query(month("new"), "new"),
            Query(month("reactivated"), "back"),
            Query(month("discovered"), "discovered"),
            Query(month("lost"), "lost"),
            Query(month("lost", "last"), "lost last month"),
        ],
        description=so_far,
        color=GOOD,
        colors={"lost": BAD, "lost last month": ODD},
    ).span(8)
    yield bars(
        "Recurring value in and out",
        [
            Query(month_money("new"), "new"),
            Query(month_money("expansion"), "expansion"),
            Query(month_money("contraction"), "contraction"),
            Query(month_money("lost"), "lost"),
        ],
        description="In $currency a month. " + so_far,
        color=GOOD,
        colors={"lost": BAD, "contraction": ODD},
    ).span(8)
    yield bars(
        "Lost by segment",
        [Query(month_of_segment("lost"), "{{segment}}")],
        description=so_far,
        color=BAD,
    ).span(8)


def _now() -> Iterable[Panel]:
    yield figures(
        "Open incidents",
        [Query('sum(groundswell_incidents{severity!="notice"})', "open")],
        color=GOOD,
        alarm=(1, BAD),
        description="Complaint trends that have departed from what was expected: one an event.",
    ).height(4)
    yield figures(
        "Series raised",
        [Query('sum(groundswell_series{status="raised"})', "raised")],
        color=GOOD,
        alarm=(1, ODD),
        description="Series above their upper bound; several can be one alert.",
    ).height(4)
    yield (
        figures(
            "Event time",
            [Query("min(groundswell_metric_watermark_timestamp_seconds) * 1000", "as of")],
            color=CALM,
            description="The figures below hold as of this time of the events, not of the clock.",
        )
        .unit("dateTimeAsIso")
        .height(4)
    )
    yield figures(
        "Events a second",
        [Query("sum(rate(groundswell_events_total[$__rate_interval]))", "events")],
        color=CALM,
        description="Read from the source topics.",
    ).height(4)
    yield figures(
        "Messages waiting",
        [Query("sum(groundswell_consumer_lag_events)", "waiting")],
        color=GOOD,
        alarm=(10_000, ODD),
        description="In the topics, not yet read by a worker.",
    ).height(4)
    yield figures(
        "Workers",
        [Query('count(up{job="groundswell"} == 1)', "up")],
        color=GOOD,
        description="That answered the last scrape.",
    ).height(4)


def _scoreboard() -> Iterable[Panel]:
    for title, metric, factor, legend, color, what in (
        ("New customers", "signups", "12 * ", A_YEAR, GOOD, "Signed up; worth a year"),
        ("Lost customers", "cancellations", "", A_YEAR, BAD, "Cancelled; lost a year"),
        ("Renewed", "renewals", "", ONCE, CALM, "Renewed; the value of the new terms"),
        ("Refused to renew", "refusals", "", ONCE, ODD, "Refused; the value not renewed"),
    ):
        yield figures(
            title,
            [Query(customers(metric), "customers"), Query(factor + money(metric), legend)],
            color=color,
            description=f"{what}, {IN_WINDOW}.",
        )
    yield figures(
        "Revenue and profit",
        [
            Query(money("revenue"), "revenue, $currency"),
            Query(f"{money('revenue')} - {money('cost_to_serve')}", "profit, $currency"),
        ],
        color=GOOD,
        description=f"Revenue, and revenue less the cost to serve, {IN_WINDOW}.",
    )
    yield figures(
        "Referrals",
        [Query(customers("referrals"), "customers who refer"), Query(events("referrals"), "all")],
        color=NEUTRAL,
        description=f"Customers who referred another, and their referrals, {IN_WINDOW}.",
    )
    yield curves(
        "New and lost customers",
        [Query(customers("signups"), "new"), Query(customers("cancellations"), "lost")],
        description=f"Distinct customers {IN_WINDOW}.",
        colors={"new": GOOD, "lost": BAD},
    )
    yield curves(
        "Revenue and cost to serve, $currency",
        [Query(money("revenue"), "revenue"), Query(money("cost_to_serve"), "cost to serve")],
        description=f"Money {IN_WINDOW}.",
        colors={"revenue": GOOD, "cost to serve": ODD},
    )


def _complaints() -> Iterable[Panel]:
    yield curves(
        "Complaints an hour",
        [
            Query(events("complaints", "1h"), "last hour"),
            Query(f"{events('complaints', '24h')} / 24", "mean of 24 hours"),
            Query(f"{events('complaints', '7d')} / 168", "mean of 7 days"),
        ],
        description="The last hour beside the mean hour of a day and of a week.",
        colors={"last hour": BAD, "mean of 24 hours": ODD, "mean of 7 days": CALM},
    )
    yield curves(
        "Complaints by segment, the last $window",
        [Query(of_segment("events", "complaints"), "{{segment}}")],
        description=f"Complaints {IN_WINDOW}; the areas add up to all.",
        stacked=True,
    )
    yield rows(
        "Open incidents, the largest first",
        "cause",
        [
            Query(of_incident("excess_events"), "More than expected"),
            Query(of_incident("observed_events"), "Events"),
            Query(of_incident("expected_events"), "Expected"),
            Query(of_incident("customers"), "Customers"),
            Query(of_incident("acknowledged"), "Acknowledged"),
        ],
        description="groundswell alerts show ID tells the whole of one.",
    )
    yield curves(
        "Open incidents, by severity",
        [Query("sum by (severity) (groundswell_incidents)", "{{severity}}")],
        description="Alerts of one event are one incident; a notice is an artefact.",
        stacked=True,
        colors={"critical": BAD, "warning": ODD, "info": CALM},
    )
    yield bars(
        "Alerts by state",
        [Query("sum by (state) (groundswell_alerts)", "{{state}}")],
        description="Stale: the source fell silent before the rate was seen to be back.",
        color=CALM,
        colors={"firing": BAD, "pending": ODD, "resolved": GOOD},
    )
    yield bars(
        "Watched series",
        [Query("sum by (metric, status) (groundswell_series)", "{{metric}}: {{status}}")],
        description="Learning: too little history to judge yet.",
        colors={"complaints: raised": BAD},
    )


def _segments() -> Iterable[Panel]:
    yield rows(
        "Customers and money by segment",
        "segment",
        [
            Query(of_segment("customers", "signups"), "New"),
            Query(of_segment("customers", "cancellations"), "Lost"),
            Query(f"12 * {money_of_segment('signups')}", "Won a year"),
            Query(money_of_segment("cancellations"), "Lost a year"),
            Query(of_segment("customers", "renewals"), "Renewed"),
            Query(of_segment("customers", "refusals"), "Refused"),
            Query(money_of_segment("revenue"), "Revenue"),
            Query(money_of_segment("cost_to_serve"), "Cost to serve"),
            Query(of_segment("events", "referrals"), "Referrals"),
            Query(of_segment("events", "complaints"), "Complaints"),
        ],
        description=f"Distinct customers, money in $currency and events {IN_WINDOW}.",
    )
