/*
 * test_rude_descriptors.c - somebody takes all file descriptors: the listener of gRPC 1.51 dies
 * for good, the watchdog notices, and the process leaves with the code for "start me again".
 *
 * The server is a process of its own (this program, started again), because it is meant to die.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "rpc/watchdog.h"
#include "tests/support/rpc_echo.h"

#include "base/base.h"

enum { CHILD_DESCRIPTORS = 96, CROWD = 400 };

static void note_checks(const struct rpc_method_stats *stats, void *user)
{
    if (strcmp(stats->method, "Check") == 0)
        *(uint64_t *)user = stats->calls;
}

/* The server: says its port once the watchdog has had its first answer, then waits to die. */
static int serve(const char *folder)
{
    struct rlimit few = { .rlim_cur = CHILD_DESCRIPTORS, .rlim_max = CHILD_DESCRIPTORS };
    struct pki_identity id;
    struct watchdog_options options = {
        .server_name = "localhost", .period_ms = 50, .timeout_ms = 500, .failures_max = 3
    };
    struct rpc_limits limits = rpc_limits_default;
    struct rpc_server *server;
    struct watchdog *dog;
    uint64_t answered = 0;
    char address[64];
    int port;

    must(setrlimit(RLIMIT_NOFILE, &few) == 0);
    (void)snprintf(id.ca, sizeof(id.ca), "%.200s/office-ca.crt", folder);
    (void)snprintf(id.certificate, sizeof(id.certificate), "%.200s/server.crt", folder);
    (void)snprintf(id.key, sizeof(id.key), "%.200s/server.key", folder);
    limits.handshake_timeout_ms = 60000; /* the crowd may stay */
    server = echo_start(&id, &limits, 1, &port);
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    options.address = address;
    options.certificates = pki_files(&id);
    must(watchdog_create(&options, &dog) == 0);
    while (answered == 0)
        rpc_server_stats(server, note_checks, &answered);
    printf("%d\n", port);
    (void)fflush(stdout);
    for (;;)
        pause();
}

static pid_t start_server(const char *folder, int *ret_port)
{
    char line[32] = { 0 };
    int ends[2];
    pid_t pid;

    must(pipe(ends) == 0);
    pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        must(dup2(ends[1], STDOUT_FILENO) >= 0);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "server", folder, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    for (size_t n = 0; n < sizeof(line) - 1 && read(ends[0], line + n, 1) == 1; n++)
        if (line[n] == '\n')
            break;
    close(ends[0]);
    *ret_port = (int)strtol(line, NULL, 10);
    assert_true(*ret_port > 0);
    return pid;
}

static void a_listener_without_descriptors_is_restarted(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    struct pki_identity id;
    int fds[CROWD], status = 0, port;
    struct pki pki;
    pid_t pid;

    (void)state;
    pki_init(&pki);
    pki_issue(&pki, "office", "server", "DNS:localhost,URI:hotline://110101001/admin/probe", 30,
              &id);
    pid = start_server(pki.folder, &port);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < CROWD; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        must(fds[i] >= 0);
        (void)connect(fds[i], (struct sockaddr *)&address, sizeof(address));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), WATCHDOG_EXIT_CODE);
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
    pki_release(&pki);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_without_descriptors_is_restarted),
    };

    if (argc > 1)
        return serve(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
