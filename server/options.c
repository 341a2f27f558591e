/* options.c - the command line, with argp. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/civil.h"

#include "base/base.h"

enum {
    KEY_LISTEN = 'l',
    KEY_DATA = 'd',
    KEY_REDIS_ADDRESS = 'r',
    KEY_CERTIFICATES = 'c',
    KEY_KEYS = 'k',
    KEY_SUBDISTRICT = 's',
    KEY_METRICS = 256,
    KEY_RULES_FILE,
    KEY_CALENDAR_FILE,
    KEY_LANES,
    KEY_DRAIN,
    KEY_EVERYSEC,
    KEY_MANUAL_CLOCK,
    KEY_NO_WATCHDOG,
    KEY_DEBUG,
    KEY_CHECK,
    KEY_REBUILD,
};

/* clang-format off */
static const struct argp_option table[] = {
    { "listen", KEY_LISTEN, "HOST:PORT", 0, "where to serve gRPC over mutual TLS (127.0.0.1:8443) / 服务地址", 0 },
    { "metrics", KEY_METRICS, "HOST:PORT", 0, "Prometheus page on loopback (127.0.0.1:9443; \"\" = off) / 指标地址", 0 },
    { "data", KEY_DATA, "DIR", 0, "start an own Redis in this directory (/var/lib/hotline) / 内置 Redis 的数据目录", 0 },
    { "redis", KEY_REDIS_ADDRESS, "ADDRESS", 0, "use the office's Redis: unix:/path or redis://[user[:password]@]host:port / 外部 Redis", 0 },
    { "everysec", KEY_EVERYSEC, 0, 0, "own Redis: fsync once a second; may lose about one second of acknowledged writes / 每秒落盘，可能丢失约一秒", 0 },
    { "certs", KEY_CERTIFICATES, "DIR", 0, "ca.pem, server.pem, server.key, probe.pem, probe.key (/etc/hotline/certs) / 证书目录", 0 },
    { "keys", KEY_KEYS, "DIR", 0, "blind-index.key, page-token.key: 64 hex digits, mode 0600 (/etc/hotline/keys) / 密钥目录", 0 },
    { "subdistrict", KEY_SUBDISTRICT, "CODE", 0, "subdistrict served, may be repeated (310113003) / 街道代码", 0 },
    { "rules", KEY_RULES_FILE, "FILE", 0, "rule set (YAML) instead of the shipped one / 规则文件", 0 },
    { "calendar", KEY_CALENDAR_FILE, "FILE", 0, "working-day calendars (YAML) instead of the shipped ones / 工作日历文件", 0 },
    { "lanes", KEY_LANES, "N", 0, "pairs of threads (half the cores) / 线程对数", 0 },
    { "drain-seconds", KEY_DRAIN, "N", 0, "grace for running calls after SIGTERM (10) / 停止宽限秒数", 0 },
    { "manual-clock", KEY_MANUAL_CLOCK, "TIME", 0, "tests only: mark an empty database for a manual clock that starts at YYYY-MM-DDTHH:MM:SS+08:00 / 手动时钟（仅测试）", 0 },
    { "no-watchdog", KEY_NO_WATCHDOG, 0, 0, "do not dial the own port / 关闭自检", 0 },
    { "debug", KEY_DEBUG, 0, 0, "one log line a call / 记录每次调用", 0 },
    { "check", KEY_CHECK, 0, 0, "check that everything in Redis is consistent, then exit / 校验数据后退出", 0 },
    { "rebuild", KEY_REBUILD, 0, 0, "write all indexes again from the records, then exit / 重建索引后退出", 0 },
    { 0 },
};
/* clang-format on */

/* "2026-02-01T00:00:00+08:00", exactly: the office has one time zone. */
static bool time_parse(const char *text, int64_t *ret_ms)
{
    char date[CIVIL_TEXT_BYTES];
    unsigned int hour, minute, second;
    int32_t day;
    int end = 0;

    if (strlen(text) != 25 ||
        sscanf(text + 10, "T%2u:%2u:%2u+08:00%n", &hour, &minute, &second, &end) != 3 ||
        end != 15 || hour > 23 || minute > 59 || second > 59)
        return false;
    memcpy(date, text, 10);
    date[10] = 0;
    if (!civil_parse(date, &day))
        return false;
    *ret_ms = civil_day_start_ms(day) + (int64_t)(hour * 3600 + minute * 60 + second) * 1000;
    return true;
}

static int number_parse(const char *text, int least, int most, struct argp_state *state,
                        const char *option)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*end || end == text || value < least || value > most)
        argp_error(state, "--%s %s: a number from %d to %d is allowed / 允许 %d 到 %d", option,
                   text, least, most, least, most);
    return (int)value;
}

static void subdistrict_add(struct options *options, char *code, struct argp_state *state)
{
    size_t size = strlen(code);

    if (size < 1 || size > 15 || strspn(code, "0123456789") != size)
        argp_error(state, "--subdistrict %s: 1 to 15 digits are allowed / 允许 1 到 15 位数字",
                   code);
    if (options->n_subdistricts == OPTION_SUBDISTRICTS_MAX)
        argp_error(state, "--subdistrict: at most %d / 最多 %d 个", OPTION_SUBDISTRICTS_MAX,
                   OPTION_SUBDISTRICTS_MAX);
    options->subdistricts[options->n_subdistricts++] = code;
}

/* Options that are taken as they are written. */
static const struct {
    int key;
    size_t member; /* offset in struct options */
} texts[] = {
    { KEY_LISTEN, offsetof(struct options, listen) },
    { KEY_METRICS, offsetof(struct options, metrics) },
    { KEY_DATA, offsetof(struct options, data) },
    { KEY_REDIS_ADDRESS, offsetof(struct options, redis) },
    { KEY_CERTIFICATES, offsetof(struct options, certificates) },
    { KEY_KEYS, offsetof(struct options, keys) },
    { KEY_RULES_FILE, offsetof(struct options, rules) },
    { KEY_CALENDAR_FILE, offsetof(struct options, calendar) },
};

static bool text_read(struct options *o, int key, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].key != key)
            continue;
        *(const char **)(void *)((char *)o + texts[i].member) = value;
        return true;
    }
    return false;
}

static error_t option_read(int key, char *value, struct argp_state *state)
{
    struct options *o = state->input;

    if (text_read(o, key, value))
        return 0;
    switch (key) {
    case KEY_EVERYSEC:
        o->everysec = true;
        break;
    case KEY_NO_WATCHDOG:
        o->watchdog = false;
        break;
    case KEY_DEBUG:
        o->debug = true;
        break;
    case KEY_CHECK:
        o->mode = MODE_CHECK;
        break;
    case KEY_REBUILD:
        o->mode = MODE_REBUILD;
        break;
    case KEY_SUBDISTRICT:
        subdistrict_add(o, value, state);
        break;
    case KEY_LANES:
        o->lanes = number_parse(value, 1, 32, state, "lanes");
        break;
    case KEY_DRAIN:
        o->drain_ms = 1000 * number_parse(value, 0, 600, state, "drain-seconds");
        break;
    case KEY_MANUAL_CLOCK:
        o->manual_clock = true;
        if (!time_parse(value, &o->manual_ms))
            argp_error(state, "--manual-clock %s: write YYYY-MM-DDTHH:MM:SS+08:00", value);
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: only options are allowed / 只接受选项", value);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int options_read(int argc, char **argv, struct options *ret_options)
{
    static const struct argp parser = {
        .options = table,
        .parser = option_read,
        .doc =
            "hotlined - the backend of a subdistrict's 12345 citizen hotline / 街道市民服务热线后台",
    };
    struct options options = {
        .listen = "127.0.0.1:8443",
        .metrics = "127.0.0.1:9443",
        .data = "/var/lib/hotline",
        .certificates = "/etc/hotline/certs",
        .keys = "/etc/hotline/keys",
        .drain_ms = 10000,
        .watchdog = true,
    };

    if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
        return -EINVAL;
    if (options.n_subdistricts == 0)
        options.subdistricts[options.n_subdistricts++] = "310113003";
    *ret_options = options;
    return 0;
}
