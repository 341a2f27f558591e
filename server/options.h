/*
 * options.h - what hotlined is told on its command line. Plain data; strings point into argv.
 */
#ifndef HOTLINE_OPTIONS_H
#define HOTLINE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { OPTION_SUBDISTRICTS_MAX = 63 };

enum server_mode { MODE_SERVE, MODE_CHECK, MODE_REBUILD };

struct options {
    enum server_mode mode;
    const char *listen;       /* host:port */
    const char *metrics;      /* host:port on loopback, "" = off */
    const char *data;         /* directory of the embedded Redis; used without --redis */
    const char *redis;        /* address of the office's own Redis, or NULL */
    const char *certificates; /* directory: ca.pem, server.pem, server.key, probe.pem, probe.key */
    const char *keys;         /* directory: blind-index.key, page-token.key */
    const char *rules, *calendar;                          /* files, or NULL for the shipped ones */
    const char *subdistricts[OPTION_SUBDISTRICTS_MAX + 1]; /* NULL-terminated */
    int n_subdistricts;
    int lanes; /* 0 = half the cores, at least one */
    int drain_ms;
    bool everysec;
    bool manual_clock;
    int64_t manual_ms;
    bool watchdog;
    bool debug;
};

/* Reads the command line. 0; 1 = help or version was printed (exit 0); -EINVAL = a message was
 * printed that says what is wrong and what to do (exit 64). */
int options_read(int argc, char **argv, struct options *ret_options);

#endif
