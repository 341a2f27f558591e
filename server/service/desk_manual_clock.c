/*
 * desk_manual_clock.c - ManualClockService: office time by hand, on databases marked for it.
 *
 * It stands beside the road: its clock belongs to the database, not to a subdistrict, so there is
 * no snapshot to load and no order to decide on. The move itself is a script, because forward only
 * must hold whoever else moves it; it remembers the request ids, because "by an hour" sent twice
 * would be two hours.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/loop.h"
#include "domain/civil.h"
#include "hotline/test/v1/manual_clock.pb-c.h"
#include "service/arena_message.h"
#include "service/desks_admin.h"
#include "service/field_rules.h"
#include "service/view_base.h"

#include "base/base.h"

enum {
    DEADLINE_MS_MAX = 10000,
    YEAR_MAX = 2198, /* deadlines that start before its end still lie in calendar time */
    MOVES_KEPT = 10000,
    NUMBER_TEXT_BYTES = 24,
};

/* ARGV: request, digest of its body, "to" or "by", ms, last instant allowed, requests kept.
 * Answers {outcome, time now}. */
static const char move_script[] =
    "local now = tonumber(redis.call('GET', KEYS[1]) or '')\n"
    "if not now then return redis.error_reply('ERR there is no manual clock') end\n"
    "local known = redis.call('HGET', KEYS[2], ARGV[1])\n"
    "if known then return {known == ARGV[2] and 1 or 2, now} end\n"
    "local to = tonumber(ARGV[4])\n"
    "if ARGV[3] == 'by' then to = to + now end\n"
    "if to < now then return {3, now} end\n"
    "if to > tonumber(ARGV[5]) then return {4, now} end\n"
    "if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[6]) then redis.call('DEL', KEYS[2]) end\n"
    "redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])\n"
    "redis.call('SET', KEYS[1], string.format('%.0f', to))\n"
    "return {0, to}\n";
enum move_outcome { MOVE_DONE, MOVE_REPLAYED, MOVE_ID_REUSED, MOVE_BACKWARD, MOVE_TOO_FAR };

/* One call on its way: CQ thread, loop, Redis, loop. */
struct clock_call {
    struct rpc_call *call;
    struct arena *arena;
    struct office *office;
    const struct clock_method *method;
    const ProtobufCMessage *request;
    struct principal principal;
    struct loop_job job;
    struct storage_ask ask;
};

struct clock_method {
    int (*ask)(struct clock_call *clock); /* asks Redis; on the loop */
    bool moves;
};

/* who ----------------------------------------------------------------------------------------- */

/* The certificate of an administrator of any subdistrict served. */
static enum fault_id clock_who(const struct office *office, const struct rpc_peer *peer,
                               struct principal *ret_principal)
{
    static const struct directory nobody;
    const char *const *codes = office_settings(office)->subdistricts;
    enum fault_id fault = FAULT_CALLER_UNKNOWN;

    for (size_t i = 0; codes[i]; i++) {
        enum fault_id found = principal_of(&peer->names, codes[i], (struct slice){ 0 }, &nobody,
                                           office_now_ms(office), ret_principal);

        if (found == FAULT_NONE && may_at_all(ret_principal, MAY_MOVE_CLOCK))
            return FAULT_NONE;
        if (found != FAULT_CALLER_UNKNOWN)
            fault = FAULT_PERMISSION_DENIED;
    }
    return fault;
}

/* reading ------------------------------------------------------------------------------------- */

static void clock_trouble(struct clock_call *clock, int status)
{
    bool unknown = status == -EINPROGRESS && clock->method->moves;

    rpc_call_refuse(clock->call, refusal_new(clock->arena, unknown ? FAULT_OUTCOME_UNKNOWN
                                                                   : FAULT_STORAGE_UNAVAILABLE));
}

/* The server's clock follows the database's; the answer is the server's. */
static Google__Protobuf__Timestamp *clock_follow(struct clock_call *clock, int64_t at_ms)
{
    office_clock_follow(office_settings(clock->office)->clock, at_ms);
    return view_time(office_now_ms(clock->office), clock->arena);
}

static void clock_read(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct clock_call *clock = CONTAINER_OF(ask, struct clock_call, ask);
    Hotline__Test__V1__GetClockResponse response = HOTLINE__TEST__V1__GET_CLOCK_RESPONSE__INIT;

    if (status < 0) {
        clock_trouble(clock, status);
        return;
    }
    response.now_time = clock_follow(clock, answer_integer(answer));
    rpc_call_answer(clock->call, &response.base);
}

static int ask_clock(struct clock_call *clock)
{
    const struct slice arguments[] = { slice_text("GET"), slice_text(KEY_CLOCK) };

    clock->ask.done = clock_read;
    return link_ask(office_link(clock->office), &clock->ask, arguments, COUNT_OF(arguments));
}

/* moving -------------------------------------------------------------------------------------- */

static const char *target_field(const struct clock_call *clock)
{
    const Hotline__Test__V1__AdvanceClockRequest *request = (const void *)clock->request;

    return request->target_case == HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__TARGET_BY_DURATION
               ? "by_duration"
               : "to_time";
}

static void clock_refuse_field(struct clock_call *clock, enum fault_id fault, const char *zh,
                               const char *en)
{
    rpc_call_refuse(clock->call,
                    refusal_field(refusal_new(clock->arena, fault), target_field(clock), zh, en));
}

static void clock_moved(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct clock_call *clock = CONTAINER_OF(ask, struct clock_call, ask);
    Hotline__Test__V1__AdvanceClockResponse response =
        HOTLINE__TEST__V1__ADVANCE_CLOCK_RESPONSE__INIT;
    enum move_outcome outcome;

    if (status < 0) {
        clock_trouble(clock, status);
        return;
    }
    must(answer_count(answer) == 2);
    outcome = (enum move_outcome)answer_integer(answer_at(answer, 0));
    response.now_time = clock_follow(clock, answer_integer(answer_at(answer, 1)));
    response.replayed = outcome == MOVE_REPLAYED;
    switch (outcome) {
    case MOVE_DONE:
    case MOVE_REPLAYED:
        rpc_call_answer(clock->call, &response.base);
        return;
    case MOVE_ID_REUSED:
        rpc_call_refuse(clock->call, refusal_new(clock->arena, FAULT_REQUEST_ID_REUSED));
        return;
    case MOVE_BACKWARD:
        clock_refuse_field(clock, FAULT_MANUAL_CLOCK_ONLY, "早于当前时间", "lies before now");
        return;
    case MOVE_TOO_FAR:
        clock_refuse_field(clock, FAULT_REQUEST_INVALID, "超出日历范围",
                           "lies beyond the calendar");
        return;
    }
}

/* The instant to move to, or the length to move by. */
static int64_t target_ms(const struct clock_call *clock, const char **ret_way)
{
    const Hotline__Test__V1__AdvanceClockRequest *request = (const void *)clock->request;

    *ret_way = "to";
    if (request->target_case == HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__TARGET_TO_TIME)
        return view_ms(request->to_time);
    *ret_way = "by";
    return request->by_duration->seconds * 1000 + request->by_duration->nanos / 1000000;
}

static int64_t last_instant_ms(void)
{
    int32_t day = 0;
    bool real = civil_from(YEAR_MAX, 12, 31, &day);

    must(real);
    return civil_day_start_ms(day);
}

static int ask_move(struct clock_call *clock)
{
    const Hotline__Test__V1__AdvanceClockRequest *request = (const void *)clock->request;
    char ms[NUMBER_TEXT_BYTES], last[NUMBER_TEXT_BYTES], kept[NUMBER_TEXT_BYTES];
    struct slice body = arena_message_pack(clock->request, clock->arena);
    uint8_t request_key[DIGEST_BYTES];
    struct digest digest;
    const char *way;

    if (!body.data)
        return -ENOMEM;
    principal_request_key(&clock->principal, request->request_id, request_key);
    digest_bytes(body, &digest);
    (void)snprintf(ms, sizeof(ms), "%" PRId64, target_ms(clock, &way));
    (void)snprintf(last, sizeof(last), "%" PRId64, last_instant_ms());
    (void)snprintf(kept, sizeof(kept), "%d", MOVES_KEPT);
    const struct slice arguments[] = {
        slice_text("EVAL"),
        slice_text(move_script),
        slice_text("2"),
        slice_text(KEY_CLOCK),
        slice_text(KEY_CLOCK_MOVES),
        slice_of(request_key, sizeof(request_key)),
        slice_of(digest.bytes, sizeof(digest.bytes)),
        slice_text(way),
        slice_text(ms),
        slice_text(last),
        slice_text(kept),
    };

    clock->ask.done = clock_moved;
    return link_ask(office_link(clock->office), &clock->ask, arguments, COUNT_OF(arguments));
}

/* A length of time the API's rules say nothing of. */
static const struct refusal *check_duration(const struct clock_call *clock)
{
    const Hotline__Test__V1__AdvanceClockRequest *request = (const void *)clock->request;
    const Google__Protobuf__Duration *by = request->by_duration;

    if (request->target_case != HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__TARGET_BY_DURATION ||
        (by->seconds >= 0 && by->seconds <= last_instant_ms() / 1000 && by->nanos >= 0 &&
         by->nanos < 1000000000))
        return NULL;
    return refusal_field(refusal_new(clock->arena, FAULT_REQUEST_INVALID), "by_duration",
                         "不能为负，也不能超出日历范围",
                         "must be neither negative nor beyond the calendar");
}

/* the calls ----------------------------------------------------------------------------------- */

static void clock_start(struct loop_job *job)
{
    struct clock_call *clock = CONTAINER_OF(job, struct clock_call, job);
    int r = clock->method->ask(clock);

    if (r < 0)
        clock_trouble(clock, r);
}

static void clock_serve(struct rpc_call *call, const ProtobufCMessage *request)
{
    struct arena *a = rpc_call_arena(call);
    struct clock_call *clock = ARENA_NEW(a, struct clock_call);
    int64_t latest = machine_ms() + DEADLINE_MS_MAX, deadline = rpc_call_deadline_ms(call);
    const struct refusal *refusal = NULL;
    enum fault_id fault;

    if (!clock) {
        rpc_call_refuse(call, refusal_new(a, FAULT_TOO_LARGE));
        return;
    }
    *clock = (struct clock_call){
        .call = call,
        .arena = a,
        .office = road_office(rpc_call_lane(call)),
        .method = rpc_call_row(call),
        .request = request,
        .job.run = clock_start,
        .ask.deadline_ms = deadline < latest ? deadline : latest,
    };
    fault = clock_who(clock->office, rpc_call_peer(call), &clock->principal);
    if (fault != FAULT_NONE)
        refusal = refusal_new(a, fault);
    if (!refusal)
        refusal = field_rules_check(road_field_rules(), request, a);
    if (!refusal && clock->method->moves)
        refusal = check_duration(clock);
    if (refusal)
        rpc_call_refuse(call, refusal);
    else
        loop_post(rpc_call_loop(call), &clock->job);
}

static const struct clock_method get_clock = { .ask = ask_clock }; /* 查看时钟 */
static const struct clock_method advance_clock = { .ask = ask_move, .moves = true }; /* 推进时钟 */

static const struct rpc_method methods[] = {
    { .name = "GetClock", .shape = RPC_UNARY, .unary = clock_serve, .row = &get_clock },
    { .name = "AdvanceClock", .shape = RPC_UNARY, .unary = clock_serve, .row = &advance_clock },
};

const struct rpc_service desk_manual_clock = {
    .descriptor = &hotline__test__v1__manual_clock_service__descriptor,
    .methods = methods,
    .n_methods = COUNT_OF(methods),
};
