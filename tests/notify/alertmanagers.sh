#!/usr/bin/env bash
# What notify tells Alertmanager, on releases other than Debian's: built from the Go proxy.
set -euo pipefail
cd "$(dirname "$0")/../.."
export GOBIN="$PWD/.alertmanager"
for version in ${VERSIONS:-v0.28.1 v0.34.0}; do
    test -x "$GOBIN/$version" || {
        go install "github.com/prometheus/alertmanager/cmd/alertmanager@$version"
        mv "$GOBIN/alertmanager" "$GOBIN/$version"
    }
    echo "Alertmanager $version"
    ALERTMANAGER="$GOBIN/$version" .venv/bin/pytest -q -n 0 tests/notify/test_alertmanager.py
done
