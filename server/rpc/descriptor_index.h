/*
 * descriptor_index.h - finds files in a FileDescriptorSet by name, by symbol, by extension.
 *
 * Private to server/rpc. The files are answered as the very bytes that protoc wrote, so nothing
 * (custom options, for one) is lost on the way.
 */
#ifndef HOTLINE_RPC_DESCRIPTOR_INDEX_H
#define HOTLINE_RPC_DESCRIPTOR_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct descriptor_index;

/* The set is borrowed for ever. -EINVAL when it is none, -ENOMEM. */
int descriptor_index_create(struct slice set, struct descriptor_index **ret_index);
struct descriptor_index *descriptor_index_free(struct descriptor_index *index);

/* FileDescriptorProto bytes; data NULL when there is none. */
struct slice descriptor_index_file(const struct descriptor_index *index, const char *name);
struct slice descriptor_index_symbol(const struct descriptor_index *index, const char *symbol);
struct slice descriptor_index_extension(const struct descriptor_index *index, const char *extendee,
                                        int32_t number);
/* Field numbers of the extensions of a message, at most n_max; returns how many. */
size_t descriptor_index_numbers(const struct descriptor_index *index, const char *extendee,
                                int32_t *numbers, size_t n_max);

#endif
