/* herd.c - advance the clock, count the entries of the event stream until all are there. */
#include "herd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/civil.h"
#include "hotline/test/v1/manual_clock.pb-c.h"
#include "storage/keys.h"
#include "storage/redis.h"
#include "world.h"

#include "base/base.h"

#define CODE "310113003"

/* Wednesday, 10:00; contacts end on Thursday at 24:00, their reminders fall on Friday at 08:30. */
#define HERD_FROM "2026-07-15T10:00:00+08:00"
enum {
    HERD_ORDERS = 10000,
    HERD_WAIT_MS = 30000,
    READS_A_SECOND = 200,
    READ_MS = 4000,
    SETTLE_MS = 500,
};

struct herd {
    struct subject first, second;
    struct redis_tool *tool;
    struct world world;
    /* the watching thread */
    uint64_t from;
    int64_t begin_ms;
    double seconds;
    uint64_t entries;
};

static uint64_t herd_entries(struct redis_tool *tool)
{
    struct key key = key_of(KEY_SEQUENCE, CODE, "");
    const struct slice arguments[] = { slice_text("GET"), key_slice(&key) };
    const struct answer *answer = redis_tool_ask(tool, arguments, COUNT_OF(arguments));

    must(answer);
    return (uint64_t)answer_integer(answer);
}

/* Until every order brought an entry; then a moment longer, to see one too many. */
static void *herd_watch(void *at)
{
    struct herd *herd = at;
    int64_t end = machine_ms() + HERD_WAIT_MS;

    herd->seconds = -1;
    while (machine_ms() < end && herd_entries(herd->tool) < herd->from + HERD_ORDERS)
        (void)usleep(5000);
    if (herd_entries(herd->tool) >= herd->from + HERD_ORDERS)
        herd->seconds = (double)(machine_ms() - herd->begin_ms) / 1000.0;
    (void)usleep(SETTLE_MS * 1000);
    herd->entries = herd_entries(herd->tool) - herd->from;
    return NULL;
}

static size_t request_advance(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const int64_t *to_s = user;
    Google__Protobuf__Timestamp to = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__Test__V1__AdvanceClockRequest ask = HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__INIT;
    char id[40];

    (void)number;
    (void)snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012llx", (unsigned long long)*to_s);
    to.seconds = *to_s;
    ask.request_id = id;
    ask.target_case = HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__TARGET_TO_TIME;
    ask.to_time = &to;
    must(protobuf_c_message_get_packed_size(&ask.base) <= bytes);
    return protobuf_c_message_pack(&ask.base, buffer);
}

static void herd_advance(const struct herd *herd, int64_t to_s)
{
    struct load_client *admin = world_caller(&herd->world, "admin", NULL, 1);
    const struct load_call call = { .method = "/hotline.test.v1.ManualClockService/AdvanceClock",
                                    .request = request_advance,
                                    .user = &to_s };
    const struct load_plan plan = { .calls = 1, .outstanding = 1 };
    struct load_result result;

    must(load_run(admin, &call, &plan, &result) == 0);
    load_client_free(admin);
}

/* One herd: seconds until all are there, whether each came once; reads meanwhile. */
static double herd_stampede(struct herd *herd, int64_t to_s, struct herd_report *report)
{
    struct load_client *clerk = world_caller(&herd->world, "backend", "c1", 2);
    struct world_range all = { &herd->world, 0, herd->world.n_orders };
    const struct load_call get = { "/hotline.v1.OrderService/GetOrder", request_get, NULL, &all };
    const struct load_plan warm = { .calls = 20, .outstanding = 2 };
    const struct load_plan plan = { .duration_ms = READ_MS,
                                    .outstanding = 256,
                                    .rate = READS_A_SECOND };
    struct load_result result;
    pthread_t watcher;

    (void)load_run(clerk, &get, &warm, &result);
    herd->from = herd_entries(herd->tool);
    herd->begin_ms = machine_ms();
    must(pthread_create(&watcher, NULL, herd_watch, herd) == 0);
    herd_advance(herd, to_s);
    (void)load_run(clerk, &get, &plan, &result);
    must(pthread_join(watcher, NULL) == 0);
    load_client_free(clerk);
    if (result.p99_ms > report->reads_p99_ms)
        report->reads_p99_ms = result.p99_ms;
    report->each_once = report->each_once && herd->entries == HERD_ORDERS;
    printf("  %llu entries, the last after %.2f s; reads p99 %.1f ms\n",
           (unsigned long long)herd->entries, herd->seconds, result.p99_ms);
    return herd->seconds;
}

/* An opening or midnight of July 2026. */
static int64_t july(int32_t day, int64_t minute)
{
    int32_t civil = 0;

    must(civil_from(2026, 7, day, &civil));
    return civil_day_start_ms(civil) / 1000 + minute * 60;
}

void herd_run(const struct settings *settings, struct herd_report *ret_report)
{
    struct herd herd = { .world.certificates = settings->certificates };
    char ca[PATH_BYTES], socket[PATH_BYTES + 16];
    struct link_options options = { .unix_path = socket, .command_timeout_ms = 5000 };

    printf("herd: %d clocks end at one midnight, two servers\n", HERD_ORDERS);
    (void)fflush(stdout);
    *ret_report = (struct herd_report){ .orders = HERD_ORDERS, .each_once = true };
    subject_start_manual(settings, "herd", NULL, HERD_FROM, &herd.first);
    subject_start_manual(settings, "herd-second", &herd.first, HERD_FROM, &herd.second);
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", settings->certificates);
    herd.world.target.address = herd.first.address;
    herd.world.target.ca_path = ca;
    herd.world.now_s = july(15, 10 * 60);
    subject_socket(&herd.first, socket);
    must(redis_tool_open(&options, &herd.tool) == 0);
    must(world_found(&herd.world) == 0);
    must(world_orders(&herd.world, HERD_ORDERS) == 0);
    herd_advance(&herd, july(16, 23 * 60 + 50)); /* earlier rungs and soft clocks are done with */
    (void)usleep(10 * 1000 * 1000);
    ret_report->marked_seconds = herd_stampede(&herd, july(17, 0), ret_report);
    ret_report->reminded_seconds = herd_stampede(&herd, july(17, 8 * 60 + 30), ret_report);
    redis_tool_close(herd.tool);
    subject_stop(&herd.second);
    subject_stop(&herd.first);
    world_release(&herd.world);
}
