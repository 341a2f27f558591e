# shellcheck shell=bash
# Numbered steps with elapsed seconds. Sourced by ./dev.
#
#   step NAME "title" command…   output goes to build/log/NAME.log, its tail is shown on failure
#   show NAME "title" command…   output is seen as it comes
#
# A step that fails ends ./dev with the command's exit code.

STEP=0
STARTED=$SECONDS

fail() {
    printf '\nFAILED: %s\n' "$*" >&2
    exit 1
}

# Counts the seconds on a terminal; a line a minute elsewhere, so that a CI does not give up.
tick() {
    local title=$1 begun=$SECONDS
    while sleep 1 && kill -0 "$2" 2>/dev/null; do
        if [ -t 1 ]; then
            printf '\r%s %d s ' "$title" $((SECONDS - begun))
        elif (((SECONDS - begun) % 60 == 0)); then
            printf '    ... %d s\n' $((SECONDS - begun))
        fi
    done
}

step() {
    local name=$1 title ticker code begun=$SECONDS log=$ROOT/build/log/$1.log
    STEP=$((STEP + 1))
    title="[$STEP] $2"
    shift 2
    mkdir -p "$ROOT/build/log"
    [ -t 1 ] || printf '%s\n' "$title"
    tick "$title" $$ 2>/dev/null &
    ticker=$!
    set +e # not "if (…)": that would switch errexit off inside the step
    (set -e; "$@") >"$log" 2>&1 </dev/null
    code=$?
    set -e
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if [ "$code" -ne 0 ]; then
        printf '\n--- last lines of build/log/%s.log\n' "$name" >&2
        tail -n 60 "$log" >&2
        printf -- '--- %s: exit code %d after %d s\n' "$title" "$code" $((SECONDS - begun)) >&2
        exit "$code"
    fi
    if [ -t 1 ]; then
        printf '\r%s: %d s     \n' "$title" $((SECONDS - begun))
    else
        printf '    done, %d s\n' $((SECONDS - begun))
    fi
}

show() {
    local name=$1 title code begun=$SECONDS
    STEP=$((STEP + 1))
    title="[$STEP] $2"
    shift 2
    mkdir -p "$ROOT/build/log"
    printf '%s\n' "$title"
    set +e
    (set -e; "$@") 2>&1 </dev/null | tee "$ROOT/build/log/$name.log"
    code=${PIPESTATUS[0]}
    set -e
    if [ "$code" -ne 0 ]; then
        printf -- '--- %s: exit code %d after %d s\n' "$title" "$code" $((SECONDS - begun)) >&2
        exit "$code"
    fi
}

total() {
    printf '%s: %d s\n' "$1" $((SECONDS - STARTED))
}
