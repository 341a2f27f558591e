/* run.h - from the words of a command line to a request, and from a request to its answer. */
#ifndef HOTLINE_CLI_RUN_H
#define HOTLINE_CLI_RUN_H

#include "cli/command.h"

enum { GIVEN_MAX = 128 };

/* One argument of the command with its value, in the order of the command line. */
struct given {
    struct {
        const struct argument *argument;
        const char *value;
    } values[GIVEN_MAX];
    size_t n_values;
    const char *from; /* --from FILE */
    const char *file; /* the same, for commands whose argument is a file */
    bool all;         /* --all pages */
    bool help;        /* --help */
    const char *request_id, *etag;
    bool validate_only;
};

/* Parses what stands behind the command's words, global options included. */
enum outcome given_parse(struct session *session, const struct command *command, int argc,
                         char **argv, struct given *ret_given);
/* The last value given for a word, its preset, or NULL. */
const char *given_value(const struct given *given, const struct command *command, const char *word);
/* The options that stand before the command; returns the index of its first word, -1 when wrong. */
int globals_parse(struct session *session, int argc, char **argv);

/* The request of given arguments, in the session's arena; what is wrong is printed. */
int request_build(struct session *session, const struct command *command,
                  const ProtobufCMessageDescriptor *type, const struct given *given,
                  ProtobufCMessage **ret_ask);
enum outcome command_run(struct session *session, const struct command *command,
                         const struct given *given);
/* Prints as one JSON document. */
void json_print(const ProtobufCMessage *message);

#endif
