# Sourced by every finding: a folder that goes away, packages in it, and the two ways to end.
#
#   install NAME==VERSION ...   into a fresh environment of this run (bare: nothing into it)
#   run - ARGUMENT ... <<END    run Python with it; noted.py and mock.py can be imported
#   seen WORDS / changed WORDS  end: it is still so / it is so no more (status 1)

set -euo pipefail

folder=$(mktemp -d)
started=()

tidy() {
    local status=$? pid
    trap - EXIT INT TERM
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
    exit "$status"
}
trap tidy EXIT
trap 'exit 130' INT TERM

bare() { [ -d "$folder/env" ] || python3 -m venv --without-pip "$folder/env"; }

install() {
    bare
    python3 -m pip --python "$folder/env" install --quiet --no-compile --disable-pip-version-check \
        "$@" 2>"$folder/pip.log" || { cat "$folder/pip.log" >&2 && changed "cannot install $*"; }
}

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

run() {
    (cd "$folder" && PYTHONPATH=$lib PYTHONDONTWRITEBYTECODE=1 timeout 90 \
        "$folder/env/bin/python" -W ignore "$@")
}

seen() { echo "as noted: $*"; }

changed() {
    echo "CHANGED: $*" >&2
    exit 1
}
