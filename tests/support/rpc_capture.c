/* rpc_capture.c - stderr into a pipe, and out of it again. */
#include "tests/support/rpc_capture.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#include "base/base.h"

enum { PATIENCE_MS = 20000 };

static int saved_fd = -1, read_fd = -1;
static char line[4096];
static size_t line_bytes;

void capture_begin(void)
{
    int ends[2];

    must(saved_fd < 0 && pipe(ends) == 0);
    saved_fd = dup(STDERR_FILENO);
    must(saved_fd >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    read_fd = ends[0];
    line_bytes = 0;
}

/* One whole line into `line`; false when none came in time. */
static bool next_line(int64_t until_ms)
{
    line_bytes = 0;
    for (;;) {
        struct pollfd ready = { .fd = read_fd, .events = POLLIN };
        int64_t left = until_ms - machine_ms();

        if (left <= 0 || poll(&ready, 1, (int)left) != 1)
            return false;
        if (read(read_fd, &line[line_bytes], 1) != 1)
            return false;
        if (line[line_bytes] == '\n' || line_bytes == sizeof(line) - 2) {
            line[line_bytes] = 0;
            return true;
        }
        line_bytes++;
    }
}

/* Reads up to a line with `text`; counts those with `counted`. */
static int read_until(const char *text, const char *counted)
{
    int64_t until_ms = machine_ms() + PATIENCE_MS;
    int n = 0;

    while (next_line(until_ms)) {
        if (strstr(line, text))
            return n;
        n += strstr(line, counted) != NULL;
    }
    capture_end();
    fail_msg("no line with \"%s\" in the log", text);
    return 0;
}

void capture_wait(const char *text)
{
    (void)read_until(text, text);
}

int capture_count(const char *text)
{
    static const char marker[] = "event=end_of_capture\n";

    must(write(STDERR_FILENO, marker, sizeof(marker) - 1) == sizeof(marker) - 1);
    return read_until("event=end_of_capture", text);
}

void capture_end(void)
{
    if (saved_fd < 0)
        return;
    must(dup2(saved_fd, STDERR_FILENO) >= 0);
    close(saved_fd);
    close(read_fd);
    saved_fd = read_fd = -1;
}
