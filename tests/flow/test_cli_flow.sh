#!/bin/bash
# The CLI against a real hotlined with its own Redis: the demonstration, what it recommends to try,
# exit codes, refusals in words, JSON, calendar files, the watch.
set -euo pipefail
SOURCE=${HOTLINE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${HOTLINE_BUILD:-$SOURCE/build/release}
[ -x "$BUILD/hotlined" ] && [ -x "$BUILD/hotline" ] || { echo "hotlined is not built"; exit 1; }
work=$(mktemp -d)
server=

cleanup() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    tail -n 20 "$work/out" "$work/err" "$work/hotlined.log" >&2 || true
    exit 1
}

# shellcheck source=/dev/null
ROOT=$work && . "$SOURCE/dev.d/certs.sh"
CERTS=$work/certs KEYS=$work/keys
make_certificates >/dev/null 2>&1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -m 700 "$work/data"
start_server() {
    "$BUILD/hotlined" --listen "127.0.0.1:$port" --data "$work/data" --certs "$CERTS" \
        --keys "$KEYS" --metrics "" --manual-clock 2026-02-01T00:00:00+08:00 \
        >>"$work/hotlined.log" 2>&1 &
    server=$!
}

# hotline WANTED-EXIT-CODE arguments…; what it said is in $work/out and $work/err.
hotline() {
    local wanted=$1 code=0
    shift
    "$BUILD/hotline" --server "127.0.0.1:$port" --certs "$CERTS" --lang zh "$@" \
        >"$work/out" 2>"$work/err" || code=$?
    [ "$code" -eq "$wanted" ] || fail "hotline $*: exit code $code, not $wanted"
}
says() { grep -qF -- "$1" "$work/out" "$work/err" || fail "it does not say: $1"; }

start_server
for _ in $(seq 100); do
    "$BUILD/hotline" --server "127.0.0.1:$port" --certs "$CERTS" health >/dev/null 2>&1 && break
    kill -0 "$server" || fail "hotlined ended"
    sleep 0.1 # nothing to wait on before the first answer
done
hotline 0 health && says SERVING

# the demonstration, and what it recommends
hotline 0 demo --samples "$SOURCE/clients/cli/data/samples.json"
says "项检查全部一致"
hotline 1 demo --samples "$SOURCE/clients/cli/data/samples.json" # the clock has passed
says "./dev up"
hotline 0 --person head due && says BS2026122800030
hotline 0 --person clerk order show BS2026030900004 && says 已结案
hotline 0 --person clerk order timeline BS2026030900004 && says T27
hotline 0 --person head explain BS2026092400032 handle && says 2026-10-16
hotline 0 --person spec-u06 order take BS2026081900025 && says 办理中
hotline 0 --person clerk order commands BS2026081900025 && says RecordContact

# refusals in words, with what is allowed
hotline 1 --person spec-u06 order take BS2026081900025
says WRONG_STATE && says 现在可以
hotline 1 --person spec-u06 order take BS2026081900025 --lang en && says "allowed now"
hotline 1 order list && says PERSON_REQUIRED
hotline 1 --person spec-j01 order show BS2026030900004
hotline 1 --person clerk order reject-reply BS2026081900025 "不清楚" && says reasons

# the same request id again is the same answer
id=4f9f0a9e-7d0e-4f57-9a53-0f7e5b5a1c11
for _ in 1 2; do
    hotline 0 --person spec-u06 order progress BS2026081900025 "已查看现场" --at now --request-id $id
done
says 先前已办

# usage, and nobody there
hotline 2 order take
hotline 2 order fly
hotline 2 order list --state asleep && says HANDLING
hotline 2 --as king health
"$BUILD/hotline" --server 127.0.0.1:1 --certs "$CERTS" health >"$work/out" 2>"$work/err" && fail "health"
[ $? -le 3 ] || fail "health of nobody"
hotline 3 --server 127.0.0.1:1 --timeout 1s --person clerk order list

# for programs
hotline 0 --json --person clerk order list --page-size 3 --state closed
python3 - "$work/out" <<'PYTHON'
import json, sys
page = json.load(open(sys.argv[1], encoding="utf-8"))
assert [order["state"] for order in page["orders"]] == ["ORDER_STATE_CLOSED"] * 3, page
assert all("clocks" in order and "text" in order for order in page["orders"])
PYTHON
echo '{"name": "subdistricts/310113003/units/U01"}' >"$work/ask.json"
hotline 0 --as admin call GetUnit "$work/ask.json" && says 城管中队
hotline 0 --person head order list --all --page-size 5 && says BS2026021700003
hotline 0 services && says hotline.v1.HandlingService/TakeOrder
hotline 0 completion bash && bash -n "$work/out"
hotline 0 help order reply && says --plan-date

# the calendar: shipped file, and a wrong day in it
hotline 0 calendar put "$SOURCE/server/data/calendar_cn.yaml" --year 2026
sed 's/2026-10-10/2026-10-12/' "$SOURCE/server/data/calendar_cn.yaml" >"$work/wrong.yaml"
hotline 1 calendar put "$work/wrong.yaml" --year 2026 && says work_dates
printf -- '- year: 2027\n  off: [2027-01-01\n' >"$work/broken.yaml"
hotline 2 calendar put "$work/broken.yaml" && says "行读不懂"
hotline 0 calendar add-days 5 2026-04-30 && says 2026-05-11

# the watch hears what time brings: first it says that it is open
exec 3< <(timeout 60 "$BUILD/hotline" --server "127.0.0.1:$port" --certs "$CERTS" --json \
    --person head reminders watch --count 2)
read -r line <&3 && [[ $line == *created* ]] || fail "the watch did not open: $line"
hotline 0 clock advance "2026-12-29 09:30"
read -r line <&3 && [[ $line == *reminder* ]] || fail "the watch heard nothing: $line"

# kill -9: the watch comes back after its cursor, and a call made meanwhile is answered
kill -KILL "$server"
wait "$server" 2>/dev/null || true
"$BUILD/hotline" --server "127.0.0.1:$port" --certs "$CERTS" --timeout 30s --person head order list \
    >"$work/list" 2>&1 &
list=$!
start_server
wait "$list" || fail "a call did not outlive the restart: $(cat "$work/list")"
read -r line <&3 && [[ $line == *created* ]] || fail "the watch did not come back: $line"
hotline 0 clock advance "2026-12-31 10:00"
read -r line <&3 && [[ $line == *reminder* ]] || fail "the watch heard nothing more: $line"
exec 3<&-
hotline 0 --person head reminders list --page-size 1
reminder=$(awk 'NR == 2 { print $1 }' "$work/out")
[ -n "$reminder" ] || fail "no reminder is listed"

echo "cli: as it should be"
