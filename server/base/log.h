/*
 * log.h - one line an event on stderr: time, level, event name, key=value pairs.
 *
 * Never personal data: only identifiers, counts, reasons. Callers pass identifiers they made or
 * checked; control characters are replaced, so that no text from outside can forge a line.
 * Only rpc/, service/, jobs/, events/ and main log; everyone else returns the trouble.
 */
#ifndef HOTLINE_BASE_LOG_H
#define HOTLINE_BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

void log_set_level(enum log_level least);
enum log_level log_level_now(void);
/* pairs: printf format that yields `key=value key=value`; may be "". */
void log_event(enum log_level level, const char *event, const char *pairs, ...)
    __attribute__((format(printf, 3, 4)));

#endif
