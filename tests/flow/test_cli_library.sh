#!/bin/bash
# libhotline for others: installed, found by pkg-config, its header compiles strictly, a program of
# twenty lines links against the shared and the static library and reads an error.
set -euo pipefail
BUILD=${HOTLINE_BUILD:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$BUILD" --prefix "$work/usr" >/dev/null
found=$(dirname "$(find "$work/usr" -name hotline.pc)")
export PKG_CONFIG_PATH=$found
cat >"$work/program.c" <<'C'
#include <hotline.h>

int main(void)
{
    struct hotline_options options = {.target = "127.0.0.1:1",
                                      .ca_path = "/nowhere/ca.pem",
                                      .certificate_path = "/nowhere/c.pem",
                                      .key_path = "/nowhere/c.key"};
    Hotline__V1__TakeOrderRequest ask = HOTLINE__V1__TAKE_ORDER_REQUEST__INIT;
    Hotline__V1__TakeOrderResponse *answer = NULL;
    struct hotline_error error = {0};
    struct hotline *h = NULL;

    if (hotline_create(&options, &h, &error) == 0 &&
        hotline_take_order(h, &ask, &answer, &error) == 0)
        puts(answer->order->name);
    else
        hotline_error_print(&error, "en", stdout);
    hotline_message_free(answer);
    hotline_error_release(&error);
    hotline_free(h);
    return 0;
}
C
compile() {
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$work/program.c" -o "$work/program" "$@"
}
# A sanitized library asks for its run-time in the program, too.
sanitizers=$(grep -o -m1 -- '-fsanitize=[a-z,]*' "$BUILD/compile_commands.json" | head -n 1 || true)

# shellcheck disable=SC2046
compile $sanitizers $(pkg-config --cflags --libs hotline)
LD_LIBRARY_PATH=$(dirname "$found") "$work/program" | grep -F "cannot read /nowhere/ca.pem"
# shellcheck disable=SC2046
compile $sanitizers $(pkg-config --cflags hotline) "$(dirname "$found")/libhotline.a" \
    $(pkg-config --libs --static hotline | sed 's/-lhotline//')
"$work/program" | grep -F "cannot read /nowhere/ca.pem"
pkg-config --modversion hotline | grep -E '^[0-9]+\.[0-9]+\.[0-9]+$'
echo "library: as it should be"
