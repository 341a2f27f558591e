# shellcheck shell=bash
# The development server: start, stop, ask. Sourced by ./dev.

DEV=$ROOT/build/dev
LISTEN=${HOTLINE_LISTEN:-127.0.0.1:8443}
PID_FILE=$DEV/hotlined.pid
MANUAL_FROM=2026-02-01T00:00:00+08:00

# The one place that says how the development server is started.
start_server() {
    fresh_data
    setsid "$ROOT/build/release/hotlined" --listen "$LISTEN" --data "$DEV/data" \
        --certs "$CERTS" --keys "$KEYS" --manual-clock "$MANUAL_FROM" \
        >"$DEV/hotlined.log" 2>&1 </dev/null &
    echo $! >"$PID_FILE"
    wait_serving
}

ask_server() { # command of the CLI…
    timeout 600 "$ROOT/build/release/hotline" --server "$LISTEN" --certs "$CERTS" "$@"
}

# Each demonstration begins with an empty database. Only one that a demonstration made is
# thrown away; anything else found there is moved aside.
fresh_data() {
    if [ -e "$DEV/data" ] && [ ! -e "$DEV/data.demonstration" ]; then
        mv "$DEV/data" "$DEV/data.kept-$(date +%Y%m%d-%H%M%S)"
    fi
    rm -rf "$DEV/data"
    mkdir -m 700 "$DEV/data"
    : >"$DEV/data.demonstration"
}

# The process id in the pid file, if it still is our server and not a stranger's process.
server_pid() {
    local pid exe
    pid=$(cat "$PID_FILE" 2>/dev/null) && [ -n "$pid" ] || return 1
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
    [ "${exe% (deleted)}" = "$ROOT/build/release/hotlined" ] || return 1
    echo "$pid"
}

stop_server() {
    local pid i
    if pid=$(server_pid); then
        kill -TERM "$pid"
        for ((i = 0; i < 300; i++)); do
            server_pid >/dev/null || break
            sleep 0.1
        done
        if server_pid >/dev/null; then
            echo "hotlined $pid did not drain in 30 s and is killed"
            kill -KILL "$pid"
        fi
    fi
    rm -f "$PID_FILE"
}

wait_serving() {
    local i
    for ((i = 0; i < 300; i++)); do
        if ask_server health && server_pid >/dev/null; then # and it is ours that answers
            return 0
        fi
        kill -0 "$(cat "$PID_FILE")" 2>/dev/null || break
        sleep 0.1
    done
    echo "not SERVING; the last lines of build/dev/hotlined.log:"
    tail -n 40 "$DEV/hotlined.log"
    return 1
}
