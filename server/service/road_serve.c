/*
 * road_serve.c - from a gRPC call to an errand and back.
 *
 * On the lane's CQ thread the request is checked against the API's field rules; then the errand is
 * handed to the lane's loop, where it walks the road. The answer is masked here, last, by the
 * caller's relation to the order: a row that forgets to say the relation shows nothing.
 */
#include <stddef.h>

#include "base/clock.h"
#include "base/loop.h"
#include "rpc/rpc.h"
#include "service/field_rules.h"
#include "service/road.h"

#include "base/base.h"

enum { LANES_MAX = 64, DEADLINE_MS_MAX = 10000 };

static struct {
    struct office *offices[LANES_MAX];
    int lanes;
    const struct field_rules *rules;
} served;

struct errand_job {
    struct loop_job job;
    struct rpc_call *call;
    struct errand errand;
};

void road_open(struct office *const *offices, int lanes, const struct field_rules *rules)
{
    must(lanes <= LANES_MAX);
    for (int i = 0; i < lanes; i++)
        served.offices[i] = offices[i];
    served.lanes = lanes;
    served.rules = rules;
}

const struct field_rules *road_field_rules(void)
{
    return served.rules;
}

struct office *road_office(int lane)
{
    must(lane >= 0 && lane < served.lanes);
    return served.offices[lane];
}

static void errand_answer(struct errand *errand)
{
    struct errand_job *job = CONTAINER_OF(errand, struct errand_job, errand);
    struct arena *a = errand->arena;

    if (!errand->refusal && !errand->masked &&
        !field_rules_mask(served.rules, errand->response, errand->relation, a))
        errand->refusal = refusal_new(a, FAULT_TOO_LARGE);
    if (errand->refusal)
        rpc_call_refuse(job->call, errand->refusal);
    else
        rpc_call_answer(job->call, errand->response);
}

static void errand_start(struct loop_job *at)
{
    struct errand_job *job = CONTAINER_OF(at, struct errand_job, job);

    road_run(&job->errand);
}

void road_serve(struct rpc_call *call, const ProtobufCMessage *request)
{
    struct arena *a = rpc_call_arena(call);
    struct errand_job *job = ARENA_NEW(a, struct errand_job);
    int64_t latest = machine_ms() + DEADLINE_MS_MAX, deadline = rpc_call_deadline_ms(call);

    if (!job) {
        rpc_call_refuse(call, refusal_new(a, FAULT_TOO_LARGE));
        return;
    }
    field_rules_strip(served.rules, (ProtobufCMessage *)(uintptr_t)request); /* it is the call's */
    job->call = call;
    job->job.run = errand_start;
    /* member by member: the struct is large, and the arena has zeroed it */
    job->errand.office = road_office(rpc_call_lane(call));
    job->errand.row = rpc_call_row(call);
    job->errand.request = request;
    job->errand.caller = &rpc_call_peer(call)->names;
    job->errand.person = rpc_call_metadata(call, "hotline-person");
    job->errand.deadline_ms = deadline < latest ? deadline : latest;
    job->errand.arena = a;
    job->errand.invalid = field_rules_check(served.rules, request, a);
    job->errand.done = errand_answer;
    loop_post(rpc_call_loop(call), &job->job);
}
