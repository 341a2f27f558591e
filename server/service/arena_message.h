/* arena_message.h - protobuf-c messages whose memory is an arena's: nothing is freed singly. */
#ifndef HOTLINE_SERVICE_ARENA_MESSAGE_H
#define HOTLINE_SERVICE_ARENA_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/slice.h"

struct arena;

/* NULL for bytes that are no such message, and without memory (the arena has failed then). */
ProtobufCMessage *arena_message_read(const ProtobufCMessageDescriptor *type, struct slice bytes,
                                     struct arena *a);
/* The packed message; absent without memory. */
struct slice arena_message_pack(const ProtobufCMessage *message, struct arena *a);

#endif
