/* stream_walk.c - the life of a stream's object. */
#include "service/stream_walk.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/memory.h"
#include "service/arena_message.h"
#include "service/field_rules.h"

#include "base/base.h"

enum { OPEN_MS_MAX = 10000, WALK_BYTES_MAX = 1024 * 1024 };

/* life ---------------------------------------------------------------------------------------- */

static void stream_walk_free(struct stream_walk *walk)
{
    if (walk->release)
        walk->release(walk);
    snapshot_unref(walk->errand.snapshot);
    arena_release(&walk->arena);
    memory_free(walk);
}

void stream_walk_wait(struct stream_walk *walk)
{
    walk->outstanding++;
}

bool stream_walk_resume(struct stream_walk *walk)
{
    must(walk->outstanding > 0);
    walk->outstanding--;
    if (walk->stream)
        return true;
    if (walk->outstanding == 0)
        stream_walk_free(walk);
    return false;
}

void stream_walk_gone(struct rpc_stream *stream)
{
    struct stream_walk *walk = rpc_stream_user(stream);

    if (!walk)
        return;
    rpc_stream_set_user(stream, NULL);
    walk->stream = NULL;
    if (walk->outstanding == 0)
        stream_walk_free(walk);
}

void stream_walk_end(struct stream_walk *walk, const struct refusal *refusal)
{
    if (walk->stream)
        rpc_stream_end(walk->stream, refusal);
}

/* opening ------------------------------------------------------------------------------------- */

/* The road refused. Its refusal lives in the walk's arena, so it is rendered before that goes. */
static void stream_walk_refused(struct errand *errand)
{
    struct stream_walk *walk = CONTAINER_OF(errand, struct stream_walk, errand);
    const struct refusal *refusal = errand->refusal;

    errand->snapshot = NULL; /* road_finish() lets go of it */
    if (stream_walk_resume(walk))
        stream_walk_end(walk, refusal);
}

void stream_walk_admitted(struct errand *errand)
{
    struct stream_walk *walk = CONTAINER_OF(errand, struct stream_walk, errand);

    if (stream_walk_resume(walk))
        walk->begin(walk);
}

const struct refusal *stream_walk_open(struct stream_walk *walk, struct rpc_stream *stream,
                                       const ProtobufCMessage *request)
{
    struct slice person = rpc_stream_metadata(stream, "hotline-person");
    struct arena *a = &walk->arena;
    ProtobufCMessage *copy;

    arena_init(a, WALK_BYTES_MAX);
    walk->stream = stream;
    walk->names = rpc_stream_peer(stream)->names;
    walk->errand.office = road_office(rpc_stream_lane(stream));
    walk->errand.row = rpc_stream_row(stream);
    copy = arena_message_read(request->descriptor, arena_message_pack(request, a), a);
    walk->errand.request = copy;
    walk->errand.caller = &walk->names;
    if (person.data)
        walk->errand.person = slice_of(arena_copy(a, person.data, person.size), person.size);
    walk->errand.deadline_ms = machine_ms() + OPEN_MS_MAX;
    walk->errand.arena = a;
    walk->errand.done = stream_walk_refused;
    if (a->failed) {
        arena_release(a);
        memory_free(walk);
        return refusal_new(rpc_stream_arena(stream), FAULT_TOO_LARGE);
    }
    field_rules_strip(road_field_rules(), copy);
    walk->errand.invalid = field_rules_check(road_field_rules(), walk->errand.request, a);
    rpc_stream_set_user(stream, walk);
    stream_walk_wait(walk);
    road_run(&walk->errand);
    return NULL;
}

bool stream_walk_renew(struct stream_walk *walk)
{
    struct errand *errand = &walk->errand;
    struct snapshot *now = office_snapshot(errand->office, errand->subdistrict);
    enum fault_id fault;

    must(now);
    snapshot_unref(errand->snapshot);
    errand->snapshot = now;
    errand->now_ms = office_now_ms(errand->office);
    fault = principal_of(errand->caller, errand->subdistrict, errand->person, &now->directory,
                         errand->now_ms, &errand->principal);
    if (fault == FAULT_NONE && !may_at_all(&errand->principal, errand->row->permission))
        fault = FAULT_PERMISSION_DENIED;
    if (fault != FAULT_NONE)
        stream_walk_end(walk, refusal_new(errand->arena, fault));
    return fault == FAULT_NONE;
}
