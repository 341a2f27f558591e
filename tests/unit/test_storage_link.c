/*
 * The link against a Redis that misbehaves at a chosen reply.
 *
 * The fake answers "ECHO word" with the word and everything else with OK, until its k-th ECHO;
 * there it does what the row says, once. Whatever it does, every ask must be answered exactly
 * once and in order. It serves one connection at a time, so the links here have one.
 */
#include "tests/unit/test_storage.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/memory.h"

#include "base/base.h"

/* --- the fake ---------------------------------------------------------------------------------------- */

enum misdeed {
    NOTHING_WRONG,
    HANGS_UP_UNGREETED, /* accepts, and closes */
    HANGS_UP_GREETED,   /* reads the greeting, and closes */
    CUTS_BEFORE,        /* closes instead of carrying the command out */
    CUTS_AFTER,         /* carries it out, closes instead of answering: outcome unknown */
    CUTS_REPLY_SHORT,   /* half a reply, then closes */
    ONE_BYTE_REPLIES,   /* every byte by itself */
    TALKS_NONSENSE,     /* no RESP */
    SAYS_TOO_MUCH,      /* a reply nobody asked for, behind the right one */
    NEVER_ANSWERS,      /* keeps the connection, says nothing any more */
    HANGS_ONCE,         /* the same, but only on the first connection */
    REPLIES_TEXT,       /* the row's error reply */
    TEXT_AND_GONE,      /* the row's error reply, then nobody listens any more */
    GREETS_WITH_TEXT,   /* the row's error reply to the greeting, on every connection */
};

struct fake {
    struct place place;
    char path[80];
    int listener, quit[2];
    pthread_t thread;
    enum misdeed misdeed;
    int at; /* the ECHO it happens at, from 0 */
    const char *text;
    _Atomic int echoes, connections;
};

struct talk { /* one connection */
    int fd;
    char in[65536];
    size_t size;
};

static void say(int fd, const char *text, size_t size)
{
    must(send(fd, text, size, MSG_NOSIGNAL) == (ssize_t)size || errno == EPIPE);
}

/* Takes one command off the input; its first and last word. False: not whole yet. */
static bool take_command(struct talk *talk, char first[16], char last[64])
{
    char *at = talk->in, *end = talk->in + talk->size;
    long words;

    if (talk->size == 0 || !memchr(at, '\n', talk->size))
        return false;
    must(*at == '*');
    words = strtol(at + 1, &at, 10);
    at += 2;
    for (long i = 0; i < words; i++) {
        long size;

        if (at >= end || !memchr(at, '\n', (size_t)(end - at)))
            return false;
        must(*at == '$');
        size = strtol(at + 1, &at, 10);
        at += 2;
        if (end - at < size + 2)
            return false;
        if (i == 0)
            snprintf(first, 16, "%.*s", (int)size, at);
        snprintf(last, 64, "%.*s", (int)size, at);
        at += size + 2;
    }
    talk->size = (size_t)(end - at);
    memmove(talk->in, at, talk->size);
    return true;
}

/* The k-th ECHO. False: hang up. */
static bool misbehave(struct fake *fake, int fd, const char *reply, size_t size)
{
    char twice[192];

    must(2 * size <= sizeof(twice));
    switch (fake->misdeed) {
    case CUTS_BEFORE:
        atomic_fetch_sub(&fake->echoes, 1);
        fake->misdeed = NOTHING_WRONG;
        return false;
    case CUTS_REPLY_SHORT:
        say(fd, reply, size / 2);
        return false;
    case TALKS_NONSENSE:
        say(fd, "%what\r\n", 7);
        return true;
    case SAYS_TOO_MUCH:
        memcpy(twice, reply, size);
        memcpy(twice + size, reply, size);
        say(fd, twice, 2 * size); /* in one go, so that both are read together */
        return true;
    case REPLIES_TEXT:
        say(fd, fake->text, strlen(fake->text));
        return true;
    case TEXT_AND_GONE:
        unlink(fake->path);
        say(fd, fake->text, strlen(fake->text));
        return false;
    case NEVER_ANSWERS:
    case HANGS_ONCE:
        return true;
    default:
        return false;
    }
}

static bool answer_echo(struct fake *fake, int fd, const char *word)
{
    char reply[96];
    int size = snprintf(reply, sizeof(reply), "$%zu\r\n%s\r\n", strlen(word), word);
    int nth = atomic_fetch_add(&fake->echoes, 1);

    if (fake->misdeed == ONE_BYTE_REPLIES) {
        for (int i = 0; i < size; i++)
            say(fd, reply + i, 1);
        return true;
    }
    if (fake->misdeed == HANGS_ONCE && fake->connections > 1)
        nth = -1;
    if ((fake->misdeed == NEVER_ANSWERS || fake->misdeed == HANGS_ONCE) && nth > fake->at)
        return true;
    if (nth != fake->at || fake->misdeed == NOTHING_WRONG) {
        say(fd, reply, (size_t)size);
        return true;
    }
    return misbehave(fake, fd, reply, (size_t)size);
}

static bool answer_command(struct fake *fake, int fd, const char *first, const char *last)
{
    if (strcmp(first, "ECHO") == 0)
        return answer_echo(fake, fd, last);
    if (fake->misdeed == GREETS_WITH_TEXT) {
        say(fd, fake->text, strlen(fake->text));
        return true;
    }
    if (fake->misdeed == HANGS_UP_GREETED && fake->connections == 1)
        return false;
    say(fd, "+OK\r\n", 5);
    return true;
}

/* Serves one connection until it ends; false when the test is over. */
static bool serve(struct fake *fake, int fd)
{
    static struct talk talk;
    char first[16], last[64];
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
                            { .fd = fake->quit[0], .events = POLLIN } };

    talk.size = 0;
    for (;;) {
        ssize_t n;

        must(poll(fds, 2, PATIENCE_MS) > 0);
        if (fds[1].revents)
            return false;
        n = recv(fd, talk.in + talk.size, sizeof(talk.in) - talk.size, 0);
        if (n <= 0)
            return true;
        talk.size += (size_t)n;
        while (take_command(&talk, first, last))
            if (!answer_command(fake, fd, first, last))
                return true;
    }
}

static void *fake_run(void *arg)
{
    struct fake *fake = arg;
    struct pollfd fds[] = { { .fd = fake->listener, .events = POLLIN },
                            { .fd = fake->quit[0], .events = POLLIN } };
    bool goes_on = true;

    while (goes_on) {
        int fd;

        must(poll(fds, 2, PATIENCE_MS) > 0);
        if (fds[1].revents)
            break;
        fd = accept(fake->listener, NULL, NULL);
        must(fd >= 0);
        if (++fake->connections > 1 || fake->misdeed != HANGS_UP_UNGREETED)
            goes_on = serve(fake, fd);
        close(fd);
    }
    return NULL;
}

static void fake_open(struct fake *fake, enum misdeed misdeed, int at, const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    memset(fake, 0, sizeof(*fake));
    fake->misdeed = misdeed, fake->at = at, fake->text = text;
    place_make(&fake->place);
    snprintf(fake->path, sizeof(fake->path), "%s/sock", fake->place.path);
    memcpy(address.sun_path, fake->path, strlen(fake->path) + 1);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fake->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fake->listener, 8), 0);
    assert_int_equal(pipe(fake->quit), 0);
    assert_int_equal(pthread_create(&fake->thread, NULL, fake_run, fake), 0);
}

static void fake_close(struct fake *fake)
{
    close(fake->quit[1]);
    pthread_join(fake->thread, NULL);
    close(fake->quit[0]);
    close(fake->listener);
    place_remove(&fake->place);
}

/* --- the asks ---------------------------------------------------------------------------------------- */

enum { ASKS = 6 };

/* Asked together; `order` is the order of the answers. */
struct asks {
    struct loop_job job;
    struct lane lane;
    struct echo {
        struct storage_ask ask;
        struct asks *all;
        char word[8];
        int times, status;
    } echoes[ASKS];
    int n, order[ASKS];
    sem_t all_answered;
};

static void echo_answered(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct echo *echo = CONTAINER_OF(ask, struct echo, ask);
    struct asks *all = echo->all;

    must((status == 0) == (answer != NULL));
    must(!answer || slice_equal(answer_bytes(answer), slice_text(echo->word)));
    echo->times++;
    echo->status = status;
    must(all->n < ASKS); /* not twice */
    all->order[all->n++] = (int)(echo - all->echoes);
    if (all->n == ASKS)
        sem_post(&all->all_answered);
}

static void asks_run(struct loop_job *job)
{
    struct asks *asks = CONTAINER_OF(job, struct asks, job);

    for (int i = 0; i < ASKS; i++) {
        struct slice words[] = { slice_text("ECHO"), slice_text(asks->echoes[i].word) };

        must(link_ask(asks->lane.link, &asks->echoes[i].ask, words, 2) == 0);
    }
}

static void asks_open(struct asks *asks, const struct link_options *options)
{
    memset(asks, 0, sizeof(*asks));
    asks->job.run = asks_run;
    sem_init(&asks->all_answered, 0, 0);
    for (int i = 0; i < ASKS; i++) {
        asks->echoes[i].all = asks;
        asks->echoes[i].ask.done = echo_answered;
        snprintf(asks->echoes[i].word, sizeof(asks->echoes[i].word), "word%d", i);
    }
    lane_open(&asks->lane, options);
}

static void asks_do(struct asks *asks)
{
    struct timespec until;

    loop_post(asks->lane.loop, &asks->job);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    assert_int_equal(sem_timedwait(&asks->all_answered, &until), 0);
}

static int n_canceled;

static void canceled(struct storage_ask *ask, int status, const struct answer *answer)
{
    (void)ask, (void)answer;
    must(status == -ECANCELED);
    n_canceled++;
}

static void asks_close(struct asks *asks)
{
    lane_close(&asks->lane);
    sem_destroy(&asks->all_answered);
}

/* --- the tests --------------------------------------------------------------------------------------- */

/* Every misdeed at every ask: the link hides all of them. */
static void every_ask_is_answered_once_and_in_order(void **state)
{
    static const struct {
        enum misdeed misdeed;
        const char *text;
    } rows[] = {
        { NOTHING_WRONG, "" },
        { HANGS_UP_UNGREETED, "" },
        { HANGS_UP_GREETED, "" },
        { CUTS_BEFORE, "" },
        { CUTS_AFTER, "" },
        { CUTS_REPLY_SHORT, "" },
        { ONE_BYTE_REPLIES, "" },
        { TALKS_NONSENSE, "" },
        { SAYS_TOO_MUCH, "" },
        { REPLIES_TEXT, "-LOADING Redis is loading the dataset in memory\r\n" },
        { REPLIES_TEXT, "-BUSY Redis is busy running a script.\r\n" },
        { REPLIES_TEXT, "-MASTERDOWN Link with MASTER is down\r\n" },
        { REPLIES_TEXT, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n" },
        { REPLIES_TEXT, "-NOSCRIPT No matching script.\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int at = 0; at < ASKS; at++) {
            struct link_options options = { .reconnect_ms_max = 20, .connections = 1 };
            static struct fake fake;
            static struct asks asks;

            if (rows[i].misdeed == SAYS_TOO_MUCH && at < ASKS - 1)
                continue; /* while another reply is due, nobody can tell which is too much */
            fake_open(&fake, rows[i].misdeed, at, rows[i].text);
            options.unix_path = fake.path;
            asks_open(&asks, &options);
            asks_do(&asks);
            for (int n = 0; n < ASKS; n++) {
                assert_int_equal(asks.echoes[n].times, 1);
                assert_int_equal(asks.echoes[n].status, 0);
                assert_int_equal(asks.order[n], n);
            }
            asks_close(&asks);
            fake_close(&fake);
        }
}

/* Error replies that waiting does not cure: told at once, and the others go on. */
static void an_error_reply_is_a_status(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        { "-READONLY You can't write against a read only replica.\r\n", -EROFS },
        { "-MISCONF Redis is configured to save RDB snapshots\r\n", -EROFS },
        { "-NOREPLICAS Not enough good replicas to write.\r\n", -EROFS },
        { "-OOM command not allowed when used memory > 'maxmemory'.\r\n", -ENOSPC },
        { "-NOAUTH Authentication required.\r\n", -EACCES },
        { "-NOPERM User limited has no permissions to run the 'get' command\r\n", -EACCES },
        { "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", -EPROTO },
        { "-ERR unknown command\r\n", -EPROTO },
        { "-OOMPH\r\n", -EPROTO }, /* words are compared whole */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct link_options options = { .reconnect_ms_max = 20, .connections = 1 };
        static struct fake fake;
        static struct asks asks;

        fake_open(&fake, REPLIES_TEXT, 2, rows[i].text);
        options.unix_path = fake.path;
        asks_open(&asks, &options);
        asks_do(&asks);
        for (int n = 0; n < ASKS; n++)
            assert_int_equal(asks.echoes[n].status, n == 2 ? rows[i].status : 0);
        asks_close(&asks);
        fake_close(&fake);
    }
}

/* What an ask is told when its deadline passes says what may have happened to it. */
static void a_deadline_tells_unknown_from_not_done(void **state)
{
    static const struct {
        enum misdeed misdeed;
        const char *text;
        int at, status; /* of the asks from `at` on */
    } rows[] = {
        { NEVER_ANSWERS, "", 3, -EINPROGRESS },
        { GREETS_WITH_TEXT, "-LOADING Redis is loading the dataset in memory\r\n", 0, -EAGAIN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct link_options options = { .command_timeout_ms = 100,
                                        .reconnect_ms_max = 20,
                                        .connections = 1 };
        static struct fake fake;
        static struct asks asks;

        fake_open(&fake, rows[i].misdeed, rows[i].at, rows[i].text);
        options.unix_path = fake.path;
        asks_open(&asks, &options);
        asks_do(&asks);
        for (int n = 0; n < ASKS; n++)
            assert_int_equal(asks.echoes[n].status, n < rows[i].at ? 0 : rows[i].status);
        asks_close(&asks);
        fake_close(&fake);
    }
}

static void nobody_there_is_a_timeout(void **state)
{
    struct link_options options = { .unix_path = "/nowhere/at/all", .command_timeout_ms = 50 };
    static struct asks asks;

    (void)state;
    asks_open(&asks, &options);
    asks_do(&asks);
    for (int n = 0; n < ASKS; n++)
        assert_int_equal(asks.echoes[n].status, -ETIMEDOUT);
    asks_close(&asks);
}

/* The one in the middle runs out of time on a Redis that hangs; its neighbours wait on and are
 * served on the next connection. */
static void an_expired_ask_takes_nobody_with_it(void **state)
{
    struct link_options options = { .reconnect_ms_max = 20, .connections = 1 };
    struct link_stats stats;
    static struct fake fake;
    static struct asks asks;

    (void)state;
    fake_open(&fake, HANGS_ONCE, 0, "");
    options.unix_path = fake.path;
    asks_open(&asks, &options);
    asks.echoes[2].ask.deadline_ms = machine_ms() + 100;
    asks_do(&asks);
    for (int n = 0; n < ASKS; n++)
        assert_int_equal(asks.echoes[n].status, n == 2 ? -EINPROGRESS : 0);
    assert_int_equal(asks.order[0], 2);
    lane_stop(&asks.lane);
    storage_link_stats(asks.lane.link, &stats);
    assert_int_equal(stats.unknown_outcomes, 1);
    assert_int_equal(stats.reconnects, 1);
    assert_int_equal(stats.asks, ASKS);
    storage_link_free(asks.lane.link);
    loop_free(asks.lane.loop);
    fake_close(&fake);
}

/* "Busy" proves that the command was not carried out; of those behind it nothing is known. */
static void a_refused_ask_is_not_an_unknown_outcome(void **state)
{
    struct link_options options = { .command_timeout_ms = 100,
                                    .reconnect_ms_max = 20,
                                    .connections = 1 };
    static struct fake fake;
    static struct asks asks;

    (void)state;
    fake_open(&fake, TEXT_AND_GONE, 2, "-BUSY Redis is busy running a script.\r\n");
    options.unix_path = fake.path;
    asks_open(&asks, &options);
    asks_do(&asks);
    for (int n = 0; n < ASKS; n++)
        assert_int_equal(asks.echoes[n].status, n < 2 ? 0 : n == 2 ? -EAGAIN : -EINPROGRESS);
    asks_close(&asks);
    fake_close(&fake);
}

static void second_answered(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct echo *echo = CONTAINER_OF(ask, struct echo, ask);

    must(status == 0 && slice_equal(answer_bytes(answer), slice_text("second")));
    sem_post(&echo->all->all_answered);
}

static void last_answered(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct echo *echo = CONTAINER_OF(ask, struct echo, ask), *first = &echo->all->echoes[0];
    struct slice words[] = { slice_text("ECHO"), slice_text("second") };

    must(status == 0);
    (void)answer;
    first->ask.done = second_answered;
    must(link_ask(echo->all->lane.link, &first->ask, words, 2) == 0);
}

/* The reply too many lies in the buffer when the last answer's receiver asks again: it is not the
 * answer to that. */
static void a_reply_too_many_answers_nothing(void **state)
{
    struct link_options options = { .reconnect_ms_max = 20, .connections = 1 };
    static struct fake fake;
    static struct asks asks;

    (void)state;
    fake_open(&fake, SAYS_TOO_MUCH, ASKS - 1, "");
    options.unix_path = fake.path;
    asks_open(&asks, &options);
    asks.echoes[ASKS - 1].ask.done = last_answered;
    asks_do(&asks);
    asks_close(&asks);
    fake_close(&fake);
}

/* Asks that were never sent are refused with the greeting's reason; the link tries on. */
static void a_refused_password_refuses_the_asks(void **state)
{
    struct link_options options = { .user = "hotline", .password = "wrong", .connections = 1 };
    static struct fake fake;
    static struct asks asks;

    (void)state;
    fake_open(&fake, GREETS_WITH_TEXT, 0, "-WRONGPASS invalid username-password pair\r\n");
    options.unix_path = fake.path;
    asks_open(&asks, &options);
    asks_do(&asks);
    for (int n = 0; n < ASKS; n++)
        assert_int_equal(asks.echoes[n].status, -EACCES);
    asks_close(&asks);
    fake_close(&fake);
}

/* --- without a thread: a link whose loop does not run --------------------------------------------- */

static void freeing_answers_what_is_pending(void **state)
{
    struct link_options options = { .unix_path = "/nowhere" };
    static struct asks asks;

    (void)state;
    asks_open(&asks, &options);
    lane_stop(&asks.lane);
    asks_run(&asks.job);
    storage_link_free(asks.lane.link);
    for (int n = 0; n < ASKS; n++) {
        assert_int_equal(asks.echoes[n].status, -ECANCELED);
        assert_int_equal(asks.order[n], n);
    }
    loop_free(asks.lane.loop);
}

static void more_than_the_maximum_is_not_taken(void **state)
{
    enum { BIG = 1024 * 1024, BIG_ASKS_MAX = LINK_PENDING_BYTES_MAX / BIG };
    static struct storage_ask many[BIG_ASKS_MAX];
    struct link_options options = { .unix_path = "/nowhere", .connections = 1 };
    void *big = memory_alloc(BIG);
    struct slice words[] = { slice_text("ECHO"), slice_of(big, BIG) };
    struct storage_link *link = NULL;
    struct loop *loop = NULL;
    int r = 0, taken = 0;

    (void)state;
    assert_non_null(big);
    assert_int_equal(loop_create(&loop), 0);
    assert_int_equal(storage_link_create(loop, &options, &link), 0);
    for (; taken < BIG_ASKS_MAX && r == 0; taken += r == 0) {
        many[taken].done = canceled;
        r = link_ask(link, &many[taken], words, 2);
    }
    assert_int_equal(r, -ENOBUFS);
    assert_int_equal(taken, BIG_ASKS_MAX - 1); /* the words around the last one are too much */
    n_canceled = 0;
    storage_link_free(link);
    assert_int_equal(n_canceled, taken);
    loop_free(loop);
    memory_free(big);
}

static void where_nothing_can_listen_is_refused(void **state)
{
    char long_path[108 + 1]; /* one more than the system takes for a socket */
    const struct link_options rows[] = {
        { .unix_path = "" },
        { .unix_path = long_path },
        { .host = "redis.example.org", .port = 6379 }, /* no name server is asked, ever */
        { .host = "127.0.0.1", .port = 0 },
        { .host = "127.0.0.1", .port = 65536 },
        { .host = NULL },
        { .unix_path = "/fine", .connections = LINK_CONNECTIONS_MAX + 1 },
    };
    struct loop *loop = NULL;

    (void)state;
    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(loop_create(&loop), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct storage_link *link = NULL;

        assert_int_equal(storage_link_create(loop, &rows[i], &link), -EINVAL);
        assert_null(link);
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ask_is_answered_once_and_in_order),
        cmocka_unit_test(an_error_reply_is_a_status),
        cmocka_unit_test(a_deadline_tells_unknown_from_not_done),
        cmocka_unit_test(nobody_there_is_a_timeout),
        cmocka_unit_test(an_expired_ask_takes_nobody_with_it),
        cmocka_unit_test(a_refused_ask_is_not_an_unknown_outcome),
        cmocka_unit_test(a_reply_too_many_answers_nothing),
        cmocka_unit_test(a_refused_password_refuses_the_asks),
        cmocka_unit_test(freeing_answers_what_is_pending),
        cmocka_unit_test(more_than_the_maximum_is_not_taken),
        cmocka_unit_test(where_nothing_can_listen_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
