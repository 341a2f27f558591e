/*
 * command.h - a command is a row: its words, the call it makes, where its arguments go.
 *
 * An argument names a field of the request by its path; what kind of value that is (text, enum,
 * time, flag, number, list) is read from the contract's descriptor. One interpreter (run.c) makes
 * the request, calls and shows the answer; help and completion are printed from the same rows.
 */
#ifndef HOTLINE_CLI_COMMAND_H
#define HOTLINE_CLI_COMMAND_H

#include <jansson.h>

#include "cli/session.h"

struct argument {
    const char *word;       /* "ORDER", "[TEXT]" by position, "--summary" by name */
    const char *path;       /* "answer.summary"; NULL = only for the command's own run() */
    const char *collection; /* "units": the value is an id of it; NULL = not a resource name */
    const char *preset;     /* the value when none is given; NULL = field left out */
    const char *zh, *en;
};

struct given; /* the arguments as given, run.h */

struct command {
    const char *words;                /* "order take" */
    const char *rpc;                  /* "TakeOrder"; NULL = run() does all */
    enum certificate as;              /* the certificate when --as is absent */
    const struct argument *arguments; /* ends with a row without word */
    /* Completes the request before it is sent; NULL = nothing to complete. */
    int (*prepare)(struct session *session, json_t *body);
    /* Shows the answer to people. */
    void (*show)(struct session *session, const ProtobufCMessage *answer);
    /* Does everything itself. */
    enum outcome (*run)(struct session *session, const struct command *command,
                        const struct given *given);
    const char *zh, *en;
};

extern const struct command commands[];
extern const size_t n_commands;

/* The command that argv begins with, and how many words it took. NULL when there is none. */
const struct command *command_find(int argc, char **argv, int *ret_words);

/* Help: all commands; one; all of a group ("order"). False when there is nothing of this name. */
void help_all(struct session *session);
bool help_of(struct session *session, int argc, char **argv);
void help_options(struct session *session);
void completion_bash(void);

#endif
