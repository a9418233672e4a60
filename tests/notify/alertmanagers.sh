#!/usr/bin/env bash
# What notify tells Alertmanager, on releases other than Debian's: built from the Go proxy.
set -euo pipefail
cd "$(dirname "$0")/../.."
export GOBIN="$PWD/.alertmanager"
mkdir -p "$GOBIN"

build() { # VERSION
    local module="github.com/prometheus/alertmanager@$1" source
    source=$(mktemp -d)
    cp -r "$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')/." "$source"
    chmod -R u+w "$source"
    # Later releases embed a user interface that the module does not have: nobody looks at it here.
    mkdir -p "$source/ui/app/dist"
    touch "$source/ui/app/dist/index.html"
    (cd "$source" && go build -o "$GOBIN/$1" ./cmd/alertmanager)
    rm -r "$source"
}

for version in ${VERSIONS:-v0.28.1 v0.34.0}; do
    test -x "$GOBIN/$version" || build "$version"
    echo "Alertmanager $version"
    ALERTMANAGER="$GOBIN/$version" .venv/bin/pytest -q -n 0 tests/notify/test_alertmanager.py
done
