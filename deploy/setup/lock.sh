#!/bin/sh
# Compiles requirements/*.txt from pyproject.toml: pinned for every platform and Python from 3.11 on, without index
# addresses and without hashes, because a Raspberry Pi takes its wheels from another index. Run through `make lock`.
set -eu
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
.venv/bin/python -m venv "$tool"
"$tool/bin/python" -m pip install --quiet --disable-pip-version-check uv

compile() { # NAME EXTRA…
    name=$1
    shift
    { echo "# Pinned by \`make lock\` from pyproject.toml; do not edit."
      "$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate \
          --no-emit-index-url --no-emit-find-links --no-strip-markers "$@" pyproject.toml; } >"$tool/$name.txt"
    mv "$tool/$name.txt" "requirements/$name.txt"
}

compile dev --extra server --extra agent --extra dev
compile server --extra server --extra agent --constraints requirements/dev.txt
compile agent --extra agent --constraints requirements/dev.txt
