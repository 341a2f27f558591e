/* procs.c - fork, exec, /proc. */
#include "procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

pid_t proc_start(char *const argv[], const char *log_path)
{
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (pid == 0) {
        int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        if (fd >= 0) {
            (void)dup2(fd, STDERR_FILENO);
            (void)dup2(fd, STDOUT_FILENO);
        }
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

void proc_stop(pid_t pid)
{
    const struct timespec tick = { .tv_nsec = 10000000 };

    if (pid <= 0)
        return;
    (void)kill(pid, SIGTERM);
    for (int i = 0; i < 2000; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        (void)nanosleep(&tick, NULL);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* One file of /proc/<pid>, as text. */
static int proc_text(pid_t pid, const char *name, char *text, size_t bytes)
{
    char path[64];
    FILE *f;
    size_t size;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    f = fopen(path, "re");
    if (!f)
        return -errno;
    size = fread(text, 1, bytes - 1, f);
    text[size] = 0;
    (void)fclose(f);
    return 0;
}

int64_t proc_cpu_us(pid_t pid)
{
    char text[1024], *at;
    unsigned long long user = 0, system = 0;

    if (proc_text(pid, "stat", text, sizeof(text)) < 0)
        return 0;
    at = strrchr(text, ')');
    must(at);
    if (sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) !=
        2)
        return 0;
    return (int64_t)((user + system) * 1000000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

int64_t proc_rss_kib(pid_t pid)
{
    char text[4096], *at;

    if (proc_text(pid, "status", text, sizeof(text)) < 0)
        return 0;
    at = strstr(text, "VmRSS:");
    return at ? strtoll(at + 6, NULL, 10) : 0;
}

static pid_t parent_of(pid_t pid, char name[64])
{
    char text[1024], *open_at, *close_at;
    int parent = 0;

    if (proc_text(pid, "stat", text, sizeof(text)) < 0)
        return 0;
    open_at = strchr(text, '(');
    close_at = strrchr(text, ')');
    must(open_at && close_at);
    *close_at = 0;
    (void)snprintf(name, 64, "%s", open_at + 1);
    if (sscanf(close_at + 2, "%*c %d", &parent) != 1)
        return 0;
    return parent;
}

pid_t proc_find_redis(pid_t root)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;

    while (directory && !found && (entry = readdir(directory))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10), at = pid;
        char name[64] = "", other[64];

        if (pid <= 0)
            continue;
        at = parent_of(pid, name);
        if (strncmp(name, "redis-server", 12) != 0)
            continue;
        for (int hops = 0; at > 1 && at != root && hops < 8; hops++)
            at = parent_of(at, other);
        if (at == root)
            found = pid;
    }
    if (directory)
        (void)closedir(directory);
    return found;
}
