/* answer.c - `struct answer` is a hiredis reply under another name; error replies as a table. */
#include "storage/answer.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "storage/link.h"

#include "base/base.h"

/* The first word of an error reply. */
static const struct error_row {
    const char *word;
    int status;
} error_rows[] = {
    { "LOADING", -EAGAIN },     /* reads its data set */
    { "BUSY", -EAGAIN },        /* a script runs for long */
    { "MASTERDOWN", -EAGAIN },  /* replica without its master */
    { "TRYAGAIN", -EAGAIN },    /* slot on the move */
    { "CLUSTERDOWN", -EAGAIN }, /* slot not served for now */
    { "NOSCRIPT", -EAGAIN },    /* somebody flushed the scripts: the next greeting loads ours */
    { "READONLY", -EROFS },     /* replica */
    { "MISCONF", -EROFS },      /* cannot write its disk */
    { "NOREPLICAS", -EROFS },   /* fewer replicas than the operator asks for */
    { "OOM", -ENOSPC },         /* maxmemory, noeviction */
    { "NOAUTH", -EACCES },      /* no password given */
    { "WRONGPASS", -EACCES },   /* wrong one, or user disabled */
    { "NOPERM", -EACCES },      /* ACL */
};

static const redisReply *reply_of(const struct answer *answer)
{
    return (const redisReply *)(const void *)answer;
}

enum answer_kind answer_kind(const struct answer *answer)
{
    switch (reply_of(answer)->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return ANSWER_BYTES;
    case REDIS_REPLY_INTEGER:
        return ANSWER_INTEGER;
    case REDIS_REPLY_ARRAY:
        return ANSWER_LIST;
    case REDIS_REPLY_ERROR:
        return ANSWER_ERROR;
    default:
        return ANSWER_NIL;
    }
}

struct slice answer_bytes(const struct answer *answer)
{
    enum answer_kind kind = answer_kind(answer);

    if (kind != ANSWER_BYTES && kind != ANSWER_ERROR)
        return (struct slice){ 0 };
    return slice_of(reply_of(answer)->str, reply_of(answer)->len);
}

int64_t answer_integer(const struct answer *answer)
{
    switch (answer_kind(answer)) {
    case ANSWER_INTEGER:
        return reply_of(answer)->integer;
    case ANSWER_BYTES:
        return strtoll(reply_of(answer)->str, NULL, 10); /* hiredis ends strings with NUL */
    default:
        return 0;
    }
}

size_t answer_count(const struct answer *answer)
{
    return answer_kind(answer) == ANSWER_LIST ? reply_of(answer)->elements : 0;
}

const struct answer *answer_at(const struct answer *answer, size_t index)
{
    must(index < answer_count(answer));
    return (const struct answer *)(const void *)reply_of(answer)->element[index];
}

int answer_trouble(const struct answer *answer)
{
    struct slice text, word;
    const uint8_t *space;

    if (answer_kind(answer) != ANSWER_ERROR)
        return 0;
    text = answer_bytes(answer);
    space = memchr(text.data, ' ', text.size);
    word = slice_of(text.data, space ? (size_t)(space - text.data) : text.size);
    for (size_t i = 0; i < COUNT_OF(error_rows); i++)
        if (slice_equal(word, slice_text(error_rows[i].word)))
            return error_rows[i].status;
    return -EPROTO;
}
