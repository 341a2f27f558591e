/*
 * main.c - hotline-bench: the road beside its ceilings, in one run.
 *
 * Two servers stand side by side: hotlined, and the bare server (bare.h) that does the same calls
 * without the road. Rounds are interleaved, so that drift of the machine meets both alike. CPU is
 * read from /proc for the server and its Redis; the load client shares the two cores.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare.h"
#include "base/clock.h"
#include "load.h"
#include "procs.h"
#include "report.h"
#include "storage/redis.h"
#include "world.h"

#include "base/base.h"

enum { OUTSTANDING = 64, CONNECTIONS = 4, ROUNDS = 3, PATH_BYTES = 512 };

struct bench {
    const char *program, *hotlined, *certificates, *keys, *json;
    char directory[PATH_BYTES];
    uint64_t orders;
    int rounds;
    bool everysec;
    struct report report;
};

/* A server under measurement. */
struct subject {
    pid_t pid, redis;
    char address[32], data[PATH_BYTES], log[PATH_BYTES];
};

/* starting ------------------------------------------------------------------------------------ */

static int free_port(void)
{
    static int next = 0;

    if (!next)
        next = 20000 + (int)(getpid() % 10000);
    return next++;
}

static void subject_name(const struct bench *bench, struct subject *subject, const char *name)
{
    (void)snprintf(subject->address, sizeof(subject->address), "127.0.0.1:%d", free_port());
    (void)snprintf(subject->data, PATH_BYTES, "%.400s/%s%s", bench->directory, name,
                   bench->everysec ? "-everysec" : "");
    (void)snprintf(subject->log, PATH_BYTES, "%.400s/%s.log", bench->directory, name);
    must(mkdir(subject->data, 0700) == 0 || errno == EEXIST);
}

static size_t request_nothing(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    (void)user;
    (void)number;
    (void)buffer;
    (void)bytes;
    return 0;
}

/* Until Health.Check answers; the call itself waits for the connection. */
static void subject_await(const struct bench *bench, struct subject *subject)
{
    struct world world = { .certificates = bench->certificates };
    char ca[PATH_BYTES];
    const struct load_call call = { .method = "/grpc.health.v1.Health/Check",
                                    .request = request_nothing };
    const struct load_plan plan = { .calls = 1, .outstanding = 1 };
    int64_t end = machine_ms() + 60000;

    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", bench->certificates);
    world.target.address = subject->address;
    world.target.ca_path = ca;
    while (machine_ms() < end) {
        struct load_client *client = world_caller(&world, "probe", NULL, 1);
        struct load_result result;
        int r = load_run(client, &call, &plan, &result);

        load_client_free(client);
        if (r == 0)
            break;
        (void)usleep(50000);
    }
    subject->redis = proc_find_redis(subject->pid);
    must(subject->redis);
}

static void bare_start(const struct bench *bench, struct subject *subject)
{
    char *argv[] = { (char *)bench->program,
                     (char *)"--bare",
                     subject->address,
                     (char *)bench->certificates,
                     subject->data,
                     bench->everysec ? (char *)"everysec" : NULL,
                     NULL };

    subject_name(bench, subject, "bare");
    subject->pid = proc_start(argv, subject->log);
    subject_await(bench, subject);
}

static void road_start(const struct bench *bench, struct subject *subject)
{
    char *argv[] = { (char *)bench->hotlined,
                     (char *)"--listen",
                     subject->address,
                     (char *)"--data",
                     subject->data,
                     (char *)"--certs",
                     (char *)bench->certificates,
                     (char *)"--keys",
                     (char *)bench->keys,
                     (char *)"--metrics",
                     (char *)"",
                     (char *)"--no-watchdog",
                     bench->everysec ? (char *)"--everysec" : NULL,
                     NULL };

    subject_name(bench, subject, "road");
    subject->pid = proc_start(argv, subject->log);
    subject_await(bench, subject);
}

static void subject_stop(struct subject *subject)
{
    proc_stop(subject->pid);
    subject->pid = 0;
}

/* measuring ----------------------------------------------------------------------------------- */

/* One run of one kind of call against one server, added to the figures. */
static void measure(const struct subject *subject, struct load_client *client,
                    const struct load_call *call, uint64_t calls, struct figures *figures)
{
    const struct load_plan plan = { .calls = calls, .outstanding = OUTSTANDING };
    struct load_result result;
    int64_t server = proc_cpu_us(subject->pid), redis = proc_cpu_us(subject->redis);

    (void)load_run(client, call, &plan, &result);
    if (result.failed)
        fprintf(stderr, "bench: %s: %llu failed, first: %s\n", call->method,
                (unsigned long long)result.failed, result.first_failure);
    figures_add(figures, &result, proc_cpu_us(subject->pid) - server,
                proc_cpu_us(subject->redis) - redis);
}

/* Bytes Redis uses, by INFO memory. */
static int64_t redis_bytes(const struct subject *subject)
{
    char socket[PATH_BYTES + 16];
    struct link_options options = { .unix_path = socket, .command_timeout_ms = 5000 };
    struct redis_tool *tool = NULL;
    const struct slice arguments[] = { slice_text("INFO"), slice_text("memory") };
    int64_t bytes = 0;
    const struct answer *answer;

    (void)snprintf(socket, sizeof(socket), "%s/redis.sock", subject->data);
    if (redis_tool_open(&options, &tool) < 0)
        return 0;
    answer = redis_tool_ask(tool, arguments, COUNT_OF(arguments));
    if (answer) {
        struct slice text = answer_bytes(answer);
        const char *at = memmem(text.data, text.size, "used_memory:", 12);

        bytes = at ? strtoll(at + 12, NULL, 10) : 0;
    }
    redis_tool_close(tool);
    return bytes;
}

static void prepare_orders(struct bench *bench, struct subject *road, struct world *world)
{
    int64_t before = redis_bytes(road), begin = machine_ms();

    printf("  preparing %llu dispatched orders ...\n", (unsigned long long)bench->orders);
    (void)fflush(stdout);
    must(world_orders(world, bench->orders) == 0);
    printf("  ... %.1f s (%.0f commands/s)\n", (double)(machine_ms() - begin) / 1000.0,
           3.0 * 1000.0 * (double)bench->orders / (double)(machine_ms() - begin));
    bench->report.redis_bytes_an_order =
        (double)(redis_bytes(road) - before) / (double)bench->orders;
    bench->report.server_rss_kib = proc_rss_kib(road->pid);
}

static void measure_rounds(struct bench *bench, const struct subject *bare,
                           const struct subject *road, struct world *world)
{
    struct mode_report *mode = &bench->report.modes[bench->everysec];
    uint64_t a_round = bench->orders / (uint64_t)bench->rounds;
    struct world bare_world = *world;
    struct load_client *to_bare, *to_road, *to_road_clerk;

    bare_world.target.address = bare->address;
    to_bare = world_caller(&bare_world, "backend", "s1", CONNECTIONS);
    to_road = world_caller(world, "backend", "s1", CONNECTIONS);
    to_road_clerk = world_caller(world, "backend", "c1", CONNECTIONS);
    for (int round = 0; round < bench->rounds; round++) {
        struct world_range range = { world, a_round * (uint64_t)round, a_round };
        struct world_range all = { world, 0, world->n_orders };
        const struct load_call take = { "/hotline.v1.HandlingService/TakeOrder", request_take, NULL,
                                        &range };
        const struct load_call get = { "/hotline.v1.OrderService/GetOrder", request_get, NULL,
                                       &all };
        const struct load_call echo = { "/hotline.v1.OrderService/ListAvailableCommands",
                                        request_get, NULL, &all };
        const struct load_call list = { "/hotline.v1.OrderService/ListOrders", request_list, NULL,
                                        &all };

        measure(bare, to_bare, &echo, 40000, &mode->echo);
        measure(bare, to_bare, &get, 40000, &mode->bare_get);
        measure(road, to_road_clerk, &get, 40000, &mode->get);
        measure(bare, to_bare, &take, a_round, &mode->bare_commit);
        measure(road, to_road, &take, a_round, &mode->take);
        measure(road, to_road_clerk, &list, 500, &mode->list);
    }
    load_client_free(to_bare);
    load_client_free(to_road);
    load_client_free(to_road_clerk);
}

static void run_mode(struct bench *bench, bool everysec)
{
    struct subject bare, road;
    struct world world = { .certificates = bench->certificates };
    char ca[PATH_BYTES];

    bench->everysec = everysec;
    printf("appendfsync %s\n", everysec ? "everysec" : "always");
    bare_start(bench, &bare);
    road_start(bench, &road);
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", bench->certificates);
    world.target.address = road.address;
    world.target.ca_path = ca;
    must(world_found(&world) == 0);
    prepare_orders(bench, &road, &world);
    measure_rounds(bench, &bare, &road, &world);
    subject_stop(&bare);
    subject_stop(&road);
    world_release(&world);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return otherwise;
}

int main(int argc, char **argv)
{
    struct bench bench = { .program = argv[0], .rounds = ROUNDS };

    if (argc > 4 && strcmp(argv[1], "--bare") == 0)
        return bare_main(argc - 2, argv + 2);
    bench.hotlined = option(argc, argv, "--hotlined", "build/release/hotlined");
    bench.certificates = option(argc, argv, "--certs", "build/dev/certs");
    bench.keys = option(argc, argv, "--keys", "build/dev/keys");
    bench.json = option(argc, argv, "--json", "build/bench.json");
    bench.orders = strtoull(option(argc, argv, "--orders", "30000"), NULL, 10);
    (void)snprintf(bench.directory, sizeof(bench.directory), "/tmp/hotline-bench-XXXXXX");
    must(mkdtemp(bench.directory));
    run_mode(&bench, false);
    run_mode(&bench, true);
    report_print(&bench.report, stdout);
    return report_write_json(&bench.report, bench.json) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
