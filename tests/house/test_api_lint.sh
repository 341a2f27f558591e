#!/bin/bash
# The contract is clean by the rules of api/buf.yaml.
set -euo pipefail
cd "${HOTLINE_SOURCE:-$(dirname "$0")/../..}"
buf=${HOTLINE_NPM:-build/npm}/node_modules/.bin/buf
[ -x "$buf" ] || { echo "buf is missing: ./dev deps"; exit 1; }
"$buf" lint api
echo "api: clean"
