/* answer.h - what a Redis reply means for the one who asked. Private to storage. */
#ifndef HOTLINE_STORAGE_ANSWER_H
#define HOTLINE_STORAGE_ANSWER_H

#include <stdbool.h>

struct answer;

/* 0 for an answer; negative errno for an error reply (link.h lists them); -EAGAIN means that
 * nothing was done and that the same command may do well a little later. */
int answer_trouble(const struct answer *answer);

#endif
