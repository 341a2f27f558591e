/* words.h - enum values as people say them, in Chinese or English. */
#ifndef HOTLINE_CLI_WORDS_H
#define HOTLINE_CLI_WORDS_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

struct arena;

/* "办理中", or "handling" made from the value's name; "" for UNSPECIFIED. */
const char *word_of(struct arena *a, const ProtobufCEnumDescriptor *type, int value, bool zh);

#endif
