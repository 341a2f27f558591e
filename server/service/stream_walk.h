/*
 * stream_walk.h - a server stream's request on the road: who is it, may they, then its own walk.
 *
 * A stream may go at any moment, also while storage is being asked on its behalf. So its object is
 * on the heap, with copies of all it needs of the stream, and is freed when the stream is gone and
 * nothing it waits for is outstanding: stream_walk_wait() before asking, stream_walk_resume() first
 * thing in the callback. Embedded as the first member of the owner's struct.
 */
#ifndef HOTLINE_SERVICE_STREAM_WALK_H
#define HOTLINE_SERVICE_STREAM_WALK_H

#include "rpc/rpc.h"
#include "service/road.h"

struct stream_walk {
    struct errand errand;      /* first: stays open, with snapshot and principal */
    struct rpc_stream *stream; /* NULL once it is gone */
    /* set by the owner before opening */
    void (*begin)(struct stream_walk *walk);   /* the caller may */
    void (*release)(struct stream_walk *walk); /* frees what the owner holds; may be NULL */
    /* private */
    struct arena arena;
    struct certificate_names names;
    int outstanding;
};

/* In opened(): sends the request on the road; begin() is called when the caller may, and a refusal
 * ends the stream. Takes the zeroed, heap-allocated walk. The method's row must have
 * .walk = stream_walk_admitted. */
const struct refusal *stream_walk_open(struct stream_walk *walk, struct rpc_stream *stream,
                                       const ProtobufCMessage *request);
void stream_walk_admitted(struct errand *errand);
/* In gone(). */
void stream_walk_gone(struct rpc_stream *stream);
/* Ends the stream; refusal NULL = OK. */
void stream_walk_end(struct stream_walk *walk, const struct refusal *refusal);

void stream_walk_wait(struct stream_walk *walk);
/* False: the stream is gone, and the walk may be freed already. */
bool stream_walk_resume(struct stream_walk *walk);

/* Looks again who the caller is now (appointments end). False: the right is gone and the stream
 * was ended. */
bool stream_walk_renew(struct stream_walk *walk);

#endif
