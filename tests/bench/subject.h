/* subject.h - a server under measurement: started, awaited, stopped. */
#ifndef HOTLINE_BENCH_SUBJECT_H
#define HOTLINE_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PATH_BYTES = 512 };

/* What all of them share. */
struct settings {
    const char *program; /* this benchmark, for the bare server */
    const char *hotlined, *certificates, *keys;
    char directory[PATH_BYTES]; /* their data and logs */
    bool everysec;
};

struct subject {
    pid_t pid, redis; /* redis 0: it stands on another's */
    char address[32], data[PATH_BYTES], log[PATH_BYTES];
};

/* hotlined; `first` = another subject whose Redis it shares, or NULL for one of its own. */
void subject_start_road(const struct settings *settings, const char *name,
                        const struct subject *first, struct subject *subject);
/* The same, on the manual clock. */
void subject_start_manual(const struct settings *settings, const char *name,
                          const struct subject *first, const char *from, struct subject *subject);
void subject_start_bare(const struct settings *settings, struct subject *subject);
void subject_stop(struct subject *subject);

/* Path of its Redis socket. */
void subject_socket(const struct subject *subject, char path[PATH_BYTES + 16]);
/* Bytes its Redis uses, by INFO memory. */
int64_t subject_redis_bytes(const struct subject *subject);

#endif
