/*
 * procs.h - the processes under measurement: started by us, their CPU and memory from /proc.
 */
#ifndef HOTLINE_BENCH_PROCS_H
#define HOTLINE_BENCH_PROCS_H

#include <stdint.h>
#include <sys/types.h>

/* Starts a program (argv[0] = path), stderr appended to log_path. Its process id, or -errno. */
pid_t proc_start(char *const argv[], const char *log_path);
/* SIGTERM, waits up to 20 s, then SIGKILL. */
void proc_stop(pid_t pid);
/* User and system CPU so far, microseconds. */
int64_t proc_cpu_us(pid_t pid);
int64_t proc_rss_kib(pid_t pid);
/* The redis-server among the descendants of a process; 0 = none. */
pid_t proc_find_redis(pid_t root);

#endif
