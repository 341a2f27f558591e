/* special.h - commands that are more than one call: named in command.c's rows. */
#ifndef HOTLINE_CLI_SPECIAL_H
#define HOTLINE_CLI_SPECIAL_H

#include "cli/run.h"

enum outcome run_health(struct session *, const struct command *, const struct given *);
enum outcome run_services(struct session *, const struct command *, const struct given *);
enum outcome run_call(struct session *, const struct command *, const struct given *);
enum outcome run_due(struct session *, const struct command *, const struct given *);
enum outcome run_watch(struct session *, const struct command *, const struct given *);
enum outcome run_calendar_put(struct session *, const struct command *, const struct given *);
enum outcome run_completion(struct session *, const struct command *, const struct given *);
enum outcome run_help(struct session *, const struct command *, const struct given *);
enum outcome run_demo(struct session *, const struct command *, const struct given *);

/* What is asked for but follows from the rest: category and matter as the district gave them; the
 * first telephone for a call or a text message. */
int prepare_accept(struct session *session, json_t *body);
int prepare_contact(struct session *session, json_t *body);
int prepare_attempt(struct session *session, json_t *body);
int prepare_visit(struct session *session, json_t *body);

#endif
