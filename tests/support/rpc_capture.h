/*
 * rpc_capture.h - reads the log of this process (stderr) line by line while it runs.
 */
#ifndef HOTLINE_TESTS_RPC_CAPTURE_H
#define HOTLINE_TESTS_RPC_CAPTURE_H

#include <stdbool.h>

/* From now on stderr goes into the capture. */
void capture_begin(void);
/* Reads lines until one holds `text`; fails the test after 20 s. */
void capture_wait(const char *text);
/* Logs a marker of its own and reads up to it: how many lines before it hold `text`. */
int capture_count(const char *text);
/* stderr is as before; what is still unread is dropped. */
void capture_end(void);

#endif
