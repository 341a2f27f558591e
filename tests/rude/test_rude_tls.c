/*
 * test_rude_tls.c - peers that do not belong here: each is turned away, each costs one log line,
 * and those who belong here notice nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/support/rpc_capture.h"
#include "tests/support/rpc_echo.h"

#include "base/base.h"

enum { HANDSHAKE_MS = 2000 };

static struct pki pki;
static struct pki_identity server_id, clerk, stranger, expired;
static struct rpc_server *server;
static struct talk_client client;
static int port;

static int stage_set(void **state)
{
    struct rpc_limits limits = rpc_limits_default;

    (void)state;
    limits.handshake_timeout_ms = HANDSHAKE_MS;
    pki_init(&pki);
    pki_issue(&pki, "office", "server", "DNS:localhost", 30, &server_id);
    pki_issue(&pki, "office", "clerk", "URI:hotline://110101001/backend/desk", 30, &clerk);
    pki_issue(&pki, "foreign", "stranger", "URI:hotline://110101001/backend/desk", 30, &stranger);
    pki_issue(&pki, "office", "expired", "URI:hotline://110101001/backend/desk", -1, &expired);
    server = echo_start(&server_id, &limits, 1, &port);
    talk_client_init(&client, port, &clerk, clerk.ca);
    return 0;
}

static int stage_strike(void **state)
{
    (void)state;
    talk_client_release(&client);
    rpc_server_drain(server, 1000);
    rpc_server_free(server);
    pki_release(&pki);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    capture_begin();
    return 0;
}

/* Whoever was rude before: this must still work. */
static int end(void **state)
{
    (void)state;
    capture_end();
    echo_say(&client, "echo", "all is well");
    return 0;
}

/* This line, and no other about a handshake: the call after it is answered by the very thread
 * that logs handshakes, so a second line would be in the log by then. */
static void expect_one_line(const char *why)
{
    char line[200];

    (void)snprintf(line, sizeof(line), "event=handshake_refused why=\"%s", why);
    capture_wait(line);
    echo_say(&client, "echo", "the same thread is at work");
    assert_int_equal(capture_count("handshake"), 0);
}

static void expect_refused_handshake(const struct pki_identity *identity, const char *why)
{
    Google__Protobuf__Any request = echo_any("echo", "");
    struct talk_client rude;
    struct talk talk;

    talk_client_init(&rude, port, identity, clerk.ca);
    talk_unary(&talk, &rude, "/test.Echo/Say", &request.base, &google__protobuf__any__descriptor,
               NULL);
    assert_int_equal(talk.status, GRPC_STATUS_UNAVAILABLE);
    talk_release(&talk);
    talk_client_release(&rude);
    expect_one_line(why);
}

static void without_a_certificate_there_is_no_handshake(void **state)
{
    (void)state;
    expect_refused_handshake(NULL, "Ssl handshake failed: SSL_ERROR_SSL: error:0A0000C7:SSL "
                                   "routines::peer did not return a certificate");
}

static void a_certificate_of_another_authority_is_none(void **state)
{
    (void)state;
    expect_refused_handshake(&stranger, "Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL "
                                        "routines::certificate verify failed");
}

static void an_expired_certificate_is_none(void **state)
{
    (void)state;
    expect_refused_handshake(&expired, "Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL "
                                       "routines::certificate verify failed");
}

/* Runs openssl s_client with our certificate; true when the handshake succeeds. */
static bool s_client(const char *options)
{
    char command[1024];

    (void)snprintf(command, sizeof(command),
                   "openssl s_client -connect 127.0.0.1:%d -CAfile %s -cert %s -key %s -alpn h2 %s "
                   "</dev/null >/dev/null 2>&1",
                   port, clerk.ca, clerk.certificate, clerk.key, options);
    return system(command) == 0; /* NOLINT */
}

static void tls_1_1_is_too_old(void **state)
{
    (void)state;
    assert_false(s_client("-tls1_1 -cipher ALL:@SECLEVEL=0"));
    expect_one_line("Ssl handshake failed: SSL_ERROR_SSL: error:0A000102:SSL routines::unsupported "
                    "protocol");
}

static void tls_1_2_and_1_3_are_served(void **state)
{
    (void)state;
    assert_true(s_client("-tls1_2"));
    assert_true(s_client("-tls1_3"));
}

static int dial(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval patience = { .tv_sec = TALK_PATIENCE_MS / 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The server hangs up, politely or with a reset, before our patience ends. */
static void expect_hang_up(int fd)
{
    char bytes[512];
    ssize_t n;

    do
        n = recv(fd, bytes, sizeof(bytes), 0);
    while (n > 0);
    if (n < 0)
        assert_int_equal(errno, ECONNRESET);
    close(fd);
}

static void plaintext_on_the_tls_port_is_refused(void **state)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    int fd = dial();

    (void)state;
    assert_int_equal(send(fd, preface, sizeof(preface) - 1, MSG_NOSIGNAL), sizeof(preface) - 1);
    expect_hang_up(fd);
    expect_one_line(
        "Ssl handshake failed: SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong version "
        "number");
}

static void silence_ends_with_the_handshake_timeout(void **state)
{
    int64_t before = machine_ms();

    (void)state;
    expect_hang_up(dial());
    assert_in_range(machine_ms() - before, HANDSHAKE_MS - 20, HANDSHAKE_MS * 5);
    expect_one_line("timed out");
}

static void whoever_hangs_up_at_once_is_one_line(void **state)
{
    (void)state;
    close(dial());
    expect_one_line("the caller hung up");
}

/* A crowd of silent ones keeps nobody else waiting. */
static void a_silent_crowd_does_not_keep_others_out(void **state)
{
    enum { CROWD = 200 };
    struct talk_client late;
    int fds[CROWD];

    (void)state;
    for (int i = 0; i < CROWD; i++)
        fds[i] = dial();
    talk_client_init(&late, port, &clerk, clerk.ca);
    echo_say(&late, "echo", "through the crowd");
    talk_client_release(&late);
    for (int i = 0; i < CROWD; i++)
        expect_hang_up(fds[i]);
    for (int i = 0; i < CROWD; i++)
        capture_wait("event=handshake_refused why=\"timed out\"");
}

int main(void)
{
#define RUDE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        RUDE(without_a_certificate_there_is_no_handshake),
        RUDE(a_certificate_of_another_authority_is_none),
        RUDE(an_expired_certificate_is_none),
        RUDE(tls_1_1_is_too_old),
        RUDE(tls_1_2_and_1_3_are_served),
        RUDE(plaintext_on_the_tls_port_is_refused),
        RUDE(silence_ends_with_the_handshake_timeout),
        RUDE(whoever_hangs_up_at_once_is_one_line),
        RUDE(a_silent_crowd_does_not_keep_others_out),
    };

    return cmocka_run_group_tests(tests, stage_set, stage_strike);
}
