/*
 * supervisor.c - starts Redis, starts it again when it dies, ends it when hotlined ends.
 *
 * A process and not a thread: Redis must be ended after kill -9 of hotlined too, and only a
 * survivor can do that cleanly. It ignores the signals that end hotlined, because it must outlive
 * the draining of hotlined; what ends it is the life pipe. This is the one file of storage that
 * logs: there is nobody to return the trouble to.
 */
#include "storage/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#include "base/base.h"

enum {
    PREVIOUS_REDIS_MS_MAX = 30000, /* a previous Redis has so long to finish with the directory */
    STOP_MS_MAX = 10000,           /* then it is killed; the AOF has everything acknowledged */
    RESTART_MS_MIN = 50,
    RESTART_MS_MAX = 2000,
    STEADY_MS = 10000, /* lived so long: the next restart is quick again */
    LOCK_RETRY_MS = 20,
};

struct supervisor {
    const struct supervisor_task *task;
    int signal_fd;
    pid_t redis; /* 0 = does not run */
    int64_t started_ms, restart_at_ms;
    int restart_ms;
};

/* Everything that is not Redis's default. The current directory is the data directory. */
static const char *const redis_settings[][2] = {
    /* clang-format off */
    { "--port",                        "0" },          /* nobody but the socket's owner */
    { "--unixsocket",                  SUPERVISOR_SOCKET },
    { "--unixsocketperm",              "700" },
    { "--dir",                         "." },
    { "--logfile",                     "redis.log" },
    { "--databases",                   "1" },
    { "--save",                        "" },           /* the AOF is the one truth on disk */
    { "--appendonly",                  "yes" },
    { "--no-appendfsync-on-rewrite",   "no" },         /* the promise holds during a rewrite too */
    { "--aof-use-rdb-preamble",        "yes" },
    { "--aof-load-truncated",          "yes" },        /* a torn tail was not acknowledged */
    { "--auto-aof-rewrite-percentage", "100" },
    { "--auto-aof-rewrite-min-size",   "256mb" },      /* a rewrite slows commits: seldom */
    { "--maxmemory-policy",            "noeviction" },
    { "--lazyfree-lazy-user-del",      "yes" },
    { "--lazyfree-lazy-server-del",    "yes" },
    { "--activedefrag",                "no" },
    { "--io-threads",                  "1" },          /* two cores: server and Redis */
    { "--latency-tracking",            "no" },         /* would count every inner command */
    /* clang-format on */
};

enum { REDIS_ARGUMENTS_MAX = 2 * COUNT_OF(redis_settings) + 4 };

/* preparing ----------------------------------------------------------------------------------- */

/* Lets go of what hotlined had open: an inherited socket would stay open as long as we live. */
static void close_others(const struct supervisor_task *task)
{
    unsigned int keep[] = { (unsigned int)task->directory_fd, (unsigned int)task->life_fd,
                            (unsigned int)task->report_fd };
    unsigned int from = STDERR_FILENO + 1;

    for (size_t i = 0; i < COUNT_OF(keep); i++)
        for (size_t j = i + 1; j < COUNT_OF(keep); j++)
            if (keep[j] < keep[i]) {
                unsigned int swapped = keep[i];

                keep[i] = keep[j];
                keep[j] = swapped;
            }
    for (size_t i = 0; i < COUNT_OF(keep); i++) {
        if (keep[i] > from)
            (void)close_range(from, keep[i] - 1, 0);
        from = keep[i] + 1;
    }
    (void)close_range(from, ~0u, 0);
}

static int take_signals(int *ret_signal_fd)
{
    sigset_t children;
    int fd;

    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &children, NULL) < 0)
        return -errno;
    fd = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_signal_fd = fd;
    return 0;
}

/* True when hotlined is gone or stops within wait_ms (-1 = for ever). A signal ends the wait. */
static bool life_ends(const struct supervisor *s, int wait_ms)
{
    struct pollfd fds[] = { { .fd = s->task->life_fd, .events = POLLIN },
                            { .fd = s->signal_fd, .events = POLLIN } };

    (void)poll(fds, COUNT_OF(fds), wait_ms);
    return fds[0].revents != 0; /* nothing is ever written: this is end of file */
}

/* Redis inherits the descriptor, and with it the lock: so the lock is free when the previous
 * Redis is really gone, whatever became of its supervisor. */
static int lock_out_previous(const struct supervisor *s)
{
    int fd = openat(s->task->directory_fd, SUPERVISOR_REDIS_LOCK, O_RDWR | O_CREAT, 0600);
    int64_t until_ms = machine_ms() + PREVIOUS_REDIS_MS_MAX;

    if (fd < 0)
        return -errno;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        if (machine_ms() >= until_ms)
            return -EALREADY;
        if (life_ends(s, LOCK_RETRY_MS))
            return -ECANCELED;
    }
    return 0;
}

/* Redis --------------------------------------------------------------------------------------- */

/* In the child: becomes redis-server. */
static _Noreturn void become_redis(const struct supervisor_task *task, pid_t supervisor)
{
    const char *arguments[REDIS_ARGUMENTS_MAX];
    sigset_t none;
    size_t n = 0;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    arguments[n++] = task->program;
    for (size_t i = 0; i < COUNT_OF(redis_settings); i++) {
        arguments[n++] = redis_settings[i][0];
        arguments[n++] = redis_settings[i][1];
    }
    arguments[n++] = "--appendfsync";
    arguments[n++] = task->everysec ? "everysec" : "always";
    arguments[n] = NULL;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(null_fd, STDIN_FILENO);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* Redis then shuts down cleanly */
    if (getppid() != supervisor)
        _exit(0); /* it died before the line above */
    execv(task->program, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static void redis_start(struct supervisor *s)
{
    pid_t supervisor = getpid(), pid = fork();

    if (pid == 0)
        become_redis(s->task, supervisor);
    s->started_ms = machine_ms();
    s->redis = pid > 0 ? pid : 0;
    s->restart_at_ms = pid > 0 ? 0 : s->started_ms + RESTART_MS_MAX;
}

/* A Redis that gave up will do so again: back off. One that was killed was well: at once. */
static void redis_plan_restart(struct supervisor *s, bool killed)
{
    int64_t now_ms = machine_ms();

    if (killed || now_ms - s->started_ms >= STEADY_MS)
        s->restart_ms = RESTART_MS_MIN;
    s->restart_at_ms = now_ms + s->restart_ms;
    s->restart_ms = 2 * s->restart_ms > RESTART_MS_MAX ? RESTART_MS_MAX : 2 * s->restart_ms;
}

/* Looks whether Redis has died; if so, says when to start it again. */
static void redis_look(struct supervisor *s)
{
    struct signalfd_siginfo ignored;
    int status;

    (void)!read(s->signal_fd, &ignored, sizeof(ignored));
    if (!s->redis || waitpid(s->redis, &status, WNOHANG) != s->redis)
        return;
    log_event(LOG_LEVEL_ERROR, "redis_died", "pid=%d %s=%d", (int)s->redis,
              WIFSIGNALED(status) ? "signal" : "exit",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    s->redis = 0;
    redis_plan_restart(s, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* SIGTERM makes Redis finish its AOF and remove its socket. */
static void redis_stop(struct supervisor *s)
{
    struct pollfd child = { .fd = s->signal_fd, .events = POLLIN };
    int64_t until_ms = machine_ms() + STOP_MS_MAX;

    if (!s->redis)
        return;
    (void)kill(s->redis, SIGTERM);
    while (s->redis && machine_ms() < until_ms) {
        struct signalfd_siginfo ignored;

        (void)poll(&child, 1, (int)(until_ms - machine_ms()));
        (void)!read(s->signal_fd, &ignored, sizeof(ignored));
        if (waitpid(s->redis, NULL, WNOHANG) == s->redis)
            s->redis = 0;
    }
    if (!s->redis)
        return;
    (void)kill(s->redis, SIGKILL);
    (void)waitpid(s->redis, NULL, 0);
}

/* the process --------------------------------------------------------------------------------- */

static void supervise(struct supervisor *s)
{
    bool ends = false;

    while (!ends) {
        int64_t left_ms = s->restart_at_ms - machine_ms();

        if (!s->redis && left_ms <= 0)
            redis_start(s);
        ends = life_ends(s, s->redis ? -1 : (int)(left_ms > 0 ? left_ms : 0));
        redis_look(s);
    }
    redis_stop(s);
}

static int supervisor_prepare(struct supervisor *s)
{
    int r;

    (void)setsid(); /* Ctrl-C is for hotlined */
    (void)umask(0077);
    close_others(s->task);
    if (fchdir(s->task->directory_fd) < 0)
        return -errno;
    r = take_signals(&s->signal_fd);
    return r < 0 ? r : lock_out_previous(s);
}

_Noreturn void supervisor_run(const struct supervisor_task *task)
{
    struct supervisor s = { .task = task, .signal_fd = -1, .restart_ms = RESTART_MS_MIN };
    int r = supervisor_prepare(&s);

    if (r == 0)
        redis_start(&s);
    if (r == 0 && !s.redis)
        r = -EAGAIN; /* no process to be had */
    (void)!write(task->report_fd, &r, sizeof(r));
    close(task->report_fd);
    if (r == 0)
        supervise(&s);
    _exit(r == 0 ? 0 : 1);
}
