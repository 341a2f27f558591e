#!/bin/bash
# Every .c and .h of ours is as clang-format lays it out. Mend with ./dev format.
set -euo pipefail
cd "${HOTLINE_SOURCE:-$(dirname "$0")/../..}"
find server storage clients tests -name '*.[ch]' -not -path '*/node_modules/*' -print0 |
    xargs -0 -r clang-format --dry-run -Werror
echo "format: as it should be"
