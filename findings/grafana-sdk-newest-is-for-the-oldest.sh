#!/usr/bin/env bash
# grafana-foundation-sdk, as published up to January 2026 (0.0.x, and numbers with an epoch).
# One would think: pip takes the newest, and ">=11" keeps the old ones out.
# What happens: a version is the time of its release as the epoch, and the Grafana that it is for. The
# builds of one day were published from the newest Grafana to the oldest, so the highest number of all
# is that for Grafana 10.1; ">=11" asks for epoch 0 and lets it in. 0.0.21, for Grafana 12, is lower
# than all of them.
. "$(dirname "$0")/lib/finding.sh"
# The bound keeps later releases out of this finding.
for wanted in '>=11' '>=0.0.21'; do
    install "grafana-foundation-sdk$wanted,<1769699999!0"
    found=$(run -c 'from importlib.metadata import version; print(version("grafana-foundation-sdk"))')
    echo "  $wanted: $found"
    [ "$found" = '1769699998!10.1.0' ] || changed "$wanted was 1769699998!10.1.0"
    rm -r "$folder/env"
done
dashboards() {
    run -c 'import importlib.util as u; print(u.find_spec("grafana_foundation_sdk.builders.dashboardv2") is not None)'
}
install 'grafana-foundation-sdk==1769699998!10.1.0'
old=$(dashboards)
install grafana-foundation-sdk==0.0.21
echo "  dashboards of Grafana 12: $old in it, $(dashboards) in 0.0.21"
[ "$old $(dashboards)" = "False True" ] || changed "they were in 0.0.21 alone"
seen "asked for 11 or later, pip takes the build for Grafana 10.1"
