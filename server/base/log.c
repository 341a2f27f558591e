/* log.c - formats one line and writes it with one system call, so lines never mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/base.h"

enum { LINE_BYTES_MAX = 2048 };

static _Atomic int least_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

enum log_level log_level_now(void)
{
    return (enum log_level)atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* Replaces what could forge a line or confuse a terminal. Bytes above 0x7f are UTF-8: kept. */
static void clean(char *text, int from, int until)
{
    for (int i = from; i < until; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
}

void log_event(enum log_level level, const char *event, const char *pairs, ...)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    char line[LINE_BYTES_MAX];
    int64_t now = system_time_ms();
    int head, size;
    va_list values;

    if (level < log_level_now())
        return;
    head = snprintf(line, sizeof(line), "ts=%lld.%03d level=%s event=%s ", (long long)(now / 1000),
                    (int)(now % 1000), names[level], event);
    must(head > 0 && head < LINE_BYTES_MAX - 2);
    va_start(values, pairs);
    size = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, pairs, values);
    va_end(values);
    size = head + (size < 0 ? 0 : size);
    if (size > LINE_BYTES_MAX - 2)
        size = LINE_BYTES_MAX - 2;
    clean(line, head, size);
    while (size > 0 && line[size - 1] == ' ')
        size--;
    line[size++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)size) < 0)
        return; /* a lost log line must not stop the office */
}
