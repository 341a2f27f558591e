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
#include "herd.h"
#include "report.h"
#include "subject.h"
#include "world.h"

#include "base/base.h"

enum { OUTSTANDING = 64, LISTS_OUTSTANDING = 4, CONNECTIONS = 4, ROUNDS = 3 };

struct bench {
    struct settings settings;
    const char *json;
    uint64_t orders;
    int rounds;
    struct report report;
};

/* measuring ----------------------------------------------------------------------------------- */

/* One run of one kind of call against one server, added to the figures. */
static void measure(const struct subject *subject, struct load_client *client,
                    const struct load_call *call, uint64_t calls, int outstanding,
                    struct figures *figures)
{
    const struct load_plan plan = { .calls = calls, .outstanding = outstanding };
    struct load_result result;
    int64_t server = proc_cpu_us(subject->pid), redis = proc_cpu_us(subject->redis);

    (void)load_run(client, call, &plan, &result);
    if (result.failed)
        fprintf(stderr, "bench: %s: %llu failed, first: %s\n", call->method,
                (unsigned long long)result.failed, result.first_failure);
    figures_add(figures, &result, proc_cpu_us(subject->pid) - server,
                proc_cpu_us(subject->redis) - redis);
}

static void prepare_orders(struct bench *bench, struct subject *road, struct world *world)
{
    int64_t before = subject_redis_bytes(road), begin = machine_ms();

    printf("  preparing %llu dispatched orders ...\n", (unsigned long long)bench->orders);
    (void)fflush(stdout);
    must(world_orders(world, bench->orders) == 0);
    printf("  ... %.1f s (%.0f commands/s)\n", (double)(machine_ms() - begin) / 1000.0,
           3.0 * 1000.0 * (double)bench->orders / (double)(machine_ms() - begin));
    bench->report.redis_bytes_an_order =
        (double)(subject_redis_bytes(road) - before) / (double)bench->orders;
    bench->report.server_rss_kib = proc_rss_kib(road->pid);
}

static void measure_rounds(struct bench *bench, const struct subject *bare,
                           const struct subject *road, struct world *world)
{
    struct mode_report *mode = &bench->report.modes[bench->settings.everysec];
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

        measure(bare, to_bare, &echo, 40000, OUTSTANDING, &mode->echo);
        measure(bare, to_bare, &get, 40000, OUTSTANDING, &mode->bare_get);
        measure(road, to_road_clerk, &get, 40000, OUTSTANDING, &mode->get);
        measure(bare, to_bare, &take, a_round, OUTSTANDING, &mode->bare_commit);
        measure(road, to_road, &take, a_round, OUTSTANDING, &mode->take);
        measure(road, to_road_clerk, &list, 500, LISTS_OUTSTANDING, &mode->list);
    }
    load_client_free(to_bare);
    load_client_free(to_road);
    load_client_free(to_road_clerk);
}

static void run_mode(struct bench *bench, bool everysec)
{
    struct subject bare, road;
    struct world world = { .certificates = bench->settings.certificates };
    char ca[PATH_BYTES];

    bench->settings.everysec = everysec;
    printf("appendfsync %s\n", everysec ? "everysec" : "always");
    subject_start_bare(&bench->settings, &bare);
    subject_start_road(&bench->settings, "road", NULL, &road);
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", bench->settings.certificates);
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
    struct bench bench = { .settings.program = argv[0], .rounds = ROUNDS };

    if (argc > 4 && strcmp(argv[1], "--bare") == 0)
        return bare_main(argc - 2, argv + 2);
    bench.settings.hotlined = option(argc, argv, "--hotlined", "build/release/hotlined");
    bench.settings.certificates = option(argc, argv, "--certs", "build/dev/certs");
    bench.settings.keys = option(argc, argv, "--keys", "build/dev/keys");
    bench.json = option(argc, argv, "--json", "build/bench.json");
    bench.orders = strtoull(option(argc, argv, "--orders", "30000"), NULL, 10);
    (void)snprintf(bench.settings.directory, sizeof(bench.settings.directory),
                   "/tmp/hotline-bench-XXXXXX");
    must(mkdtemp(bench.settings.directory));
    run_mode(&bench, false);
    run_mode(&bench, true);
    bench.settings.everysec = false;
    herd_run(&bench.settings, &bench.report.herd);
    report_print(&bench.report, stdout);
    return report_write_json(&bench.report, bench.json) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
