/* moment.c - sscanf for shape, timegm for the calendar, and the way back as the proof. */
#include "cli/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"

#include "base/base.h"

enum { OFFICE_ZONE_MINUTES = 8 * 60, MINUTE_SECONDS = 60 };

/* ".125" to milliseconds; *text moves behind it. */
static int fraction_parse(const char **text)
{
    int ms = 0, scale = 100;

    if (**text != '.')
        return 0;
    for (++*text; **text >= '0' && **text <= '9'; ++*text) {
        ms += (**text - '0') * scale;
        scale /= 10;
    }
    return ms;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
    int amount, end = 0;
    int64_t thousandths;

    if (sscanf(text, "%9d%n", &amount, &end) != 1 || amount < 0)
        return false;
    text += end;
    thousandths = amount * INT64_C(1000) + fraction_parse(&text);
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i].unit == *text && !text[1]) {
            *ret_ms = thousandths * units[i].ms / 1000;
            return true;
        }
    }
    return false;
}

/* "Z", "+08:00", "" = the office's. */
static bool zone_parse(const char *text, int *ret_minutes)
{
    int hours, minutes, end = 0;
    char sign;

    if (!*text) {
        *ret_minutes = OFFICE_ZONE_MINUTES;
        return true;
    }
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *ret_minutes = 0;
        return true;
    }
    if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &end) != 3 || text[end] ||
        (sign != '+' && sign != '-') || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

static bool date_time_parse(const char *text, int64_t *ret_ms)
{
    struct tm given = { 0 }, back;
    int end = 0, clock = 0, seconds = 0, zone, ms;
    time_t at;

    if (sscanf(text, "%4d-%2d-%2d%n", &given.tm_year, &given.tm_mon, &given.tm_mday, &end) != 3)
        return false;
    text += end;
    if ((*text == 'T' || *text == 't' || *text == ' ') &&
        sscanf(text + 1, "%2d:%2d%n", &given.tm_hour, &given.tm_min, &clock) == 2) {
        text += 1 + clock;
        if (sscanf(text, ":%2d%n", &given.tm_sec, &seconds) == 1)
            text += seconds;
    }
    ms = fraction_parse(&text);
    if (!zone_parse(text, &zone))
        return false;
    given.tm_year -= 1900;
    given.tm_mon -= 1;
    back = given;
    at = timegm(&back);
    if (back.tm_year != given.tm_year || back.tm_mon != given.tm_mon ||
        back.tm_mday != given.tm_mday || back.tm_hour != given.tm_hour ||
        back.tm_min != given.tm_min || back.tm_sec != given.tm_sec)
        return false; /* timegm has mended it: there is no 30 February */
    *ret_ms = ((int64_t)at - zone * MINUTE_SECONDS) * 1000 + ms;
    return true;
}

bool moment_parse(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    int64_t distance_ms;

    if (strcmp(text, "now") == 0) {
        *ret_ms = now_ms;
        return true;
    }
    if (*text == '+' || *text == '-') {
        if (!duration_parse(text + 1, &distance_ms))
            return false;
        *ret_ms = *text == '+' ? now_ms + distance_ms : now_ms - distance_ms;
        return true;
    }
    return date_time_parse(text, ret_ms);
}

int64_t moment_ms(const Google__Protobuf__Timestamp *at)
{
    return at ? at->seconds * 1000 + at->nanos / 1000000 : 0;
}

Google__Protobuf__Timestamp moment_of(int64_t at_ms)
{
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    int64_t rest = at_ms % 1000;

    rest = rest < 0 ? rest + 1000 : rest;
    at.seconds = (at_ms - rest) / 1000;
    at.nanos = (int32_t)(rest * 1000000);
    return at;
}

const char *moment_text_ms(struct arena *a, int64_t at_ms)
{
    time_t at = moment_of(at_ms).seconds + OFFICE_ZONE_MINUTES * MINUTE_SECONDS;
    struct tm parts;
    char text[32];

    if (!gmtime_r(&at, &parts) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &parts))
        return "?";
    return arena_strdup(a, text);
}

const char *moment_text(struct arena *a, const Google__Protobuf__Timestamp *at)
{
    return at ? moment_text_ms(a, moment_ms(at)) : "";
}

const char *moment_rfc3339(struct arena *a, int64_t seconds, int32_t nanos)
{
    time_t at = seconds;
    struct tm parts;
    char text[32];

    if (!gmtime_r(&at, &parts) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts))
        return NULL;
    if (nanos == 0)
        return arena_printf(a, "%sZ", text);
    return nanos % 1000000 == 0 ? arena_printf(a, "%s.%03dZ", text, nanos / 1000000)
                                : arena_printf(a, "%s.%09dZ", text, nanos);
}
