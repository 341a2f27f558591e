/*
 * embedded.c - hotlined's side of the embedded Redis: find the program, own the directory, fork
 * the supervisor, hold the pipe that keeps it alive.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "storage/endpoint.h"
#include "storage/redis.h"
#include "storage/supervisor.h"

#include "base/base.h"

struct embedded_redis {
    pid_t supervisor;
    int directory_fd, lock_fd, life_fd;
    char program[PATH_MAX];
    char socket[SOCKET_PATH_BYTES_MAX];
};

/* finding the program ------------------------------------------------------------------------- */

static int program_find(const char *name, char path[PATH_MAX])
{
    const char *at = getenv("PATH");

    if (strchr(name, '/')) {
        int n = snprintf(path, PATH_MAX, "%s", name);

        return n < PATH_MAX && access(path, X_OK) == 0 ? 0 : -ENOENT;
    }
    while (at && *at) {
        int size = (int)strcspn(at, ":");
        int n = snprintf(path, PATH_MAX, "%.*s/%s", size, at, name);

        if (size > 0 && n < PATH_MAX && access(path, X_OK) == 0)
            return 0;
        at += size;
        at += *at == ':';
    }
    return -ENOENT;
}

/* A path that names the program from the data directory too, where the supervisor goes. Links are
 * not followed: redis-server may be one, and knows what to be by its name. */
static int program_path(const char *program, char path[PATH_MAX])
{
    char found[PATH_MAX], here[PATH_MAX];
    int r = program_find(program ? program : "redis-server", found);

    if (r < 0)
        return r;
    if (!getcwd(here, sizeof(here)))
        return -errno;
    if (found[0] == '/')
        here[0] = '\0';
    return snprintf(path, PATH_MAX, "%s%s%s", here, here[0] ? "/" : "", found) < PATH_MAX ? 0
                                                                                          : -ENOENT;
}

/* owning the directory ------------------------------------------------------------------------ */

/* The socket's path is bound by the system to 107 bytes. Redis binds it relative to the
 * directory, so only we need a short way to it: through our open descriptor of the directory. */
static void socket_path(struct embedded_redis *redis, const char *directory)
{
    int n = snprintf(redis->socket, sizeof(redis->socket), "%s/%s", directory, SUPERVISOR_SOCKET);

    if (n >= (int)sizeof(redis->socket))
        snprintf(redis->socket, sizeof(redis->socket), "/proc/self/fd/%d/%s", redis->directory_fd,
                 SUPERVISOR_SOCKET);
}

/* The lock belongs to this process alone (close-on-exec, closed by the supervisor): it is free the
 * moment we end, so who finds it taken has met a living hotlined. */
static int directory_own(struct embedded_redis *redis, const char *directory)
{
    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        return -errno;
    redis->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (redis->directory_fd < 0)
        return -errno;
    redis->lock_fd =
        openat(redis->directory_fd, SUPERVISOR_OWNER_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (redis->lock_fd < 0)
        return -errno;
    if (flock(redis->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EALREADY : -errno;
    socket_path(redis, directory);
    return 0;
}

/* the supervisor ------------------------------------------------------------------------------ */

static void close_pipe(int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* What the supervisor reports; its death before that is trouble too. */
static int report_read(int fd)
{
    int report = -EIO;
    ssize_t n;

    do
        n = read(fd, &report, sizeof(report));
    while (n < 0 && errno == EINTR);
    return n == sizeof(report) ? report : -EIO;
}

static int supervisor_fork(struct embedded_redis *redis, bool everysec)
{
    int life[2] = { -1, -1 }, report[2] = { -1, -1 }, r = 0;

    if (pipe2(life, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0) {
        r = -errno;
        goto out;
    }
    redis->supervisor = fork();
    if (redis->supervisor == 0) {
        struct supervisor_task task = { .program = redis->program,
                                        .everysec = everysec,
                                        .directory_fd = redis->directory_fd,
                                        .life_fd = life[0],
                                        .report_fd = report[1] };

        supervisor_run(&task);
    }
    if (redis->supervisor < 0) {
        r = -errno;
        goto out;
    }
    close(report[1]);
    report[1] = -1;
    redis->life_fd = life[1];
    life[1] = -1;
    r = report_read(report[0]);
out:
    close_pipe(life);
    close_pipe(report);
    return r;
}

/* life cycle ---------------------------------------------------------------------------------- */

int embedded_redis_start(const struct embedded_redis_options *options,
                         struct embedded_redis **ret_redis)
{
    struct embedded_redis *redis = memory_alloc(sizeof(*redis));
    int r;

    if (!redis)
        return -ENOMEM;
    redis->directory_fd = redis->lock_fd = redis->life_fd = -1;
    r = program_path(options->program, redis->program);
    if (r == 0)
        r = directory_own(redis, options->directory);
    if (r == 0)
        r = supervisor_fork(redis, options->everysec);
    if (r < 0) {
        embedded_redis_stop(redis);
        return r;
    }
    *ret_redis = redis;
    return 0;
}

const char *embedded_redis_socket(const struct embedded_redis *redis)
{
    return redis->socket;
}

struct embedded_redis *embedded_redis_stop(struct embedded_redis *redis)
{
    if (!redis)
        return NULL;
    if (redis->life_fd >= 0)
        close(redis->life_fd);
    if (redis->supervisor > 0)
        while (waitpid(redis->supervisor, NULL, 0) < 0 && errno == EINTR)
            ;
    if (redis->lock_fd >= 0)
        close(redis->lock_fd);
    if (redis->directory_fd >= 0)
        close(redis->directory_fd);
    return memory_free(redis);
}
