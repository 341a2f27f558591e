/* main.c - hotline, the command line client: options, command, outcome. */
#include <stdio.h>
#include <string.h>

#include "cli/run.h"

#include "base/base.h"

static enum outcome run(struct session *session, int argc, char **argv)
{
    int at = globals_parse(session, argc, argv), words = 0;
    const struct command *command;
    struct given given;
    enum outcome outcome;

    if (at < 0)
        return OUTCOME_USAGE;
    if (at == argc || strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
        help_all(session);
        return at == argc ? OUTCOME_USAGE : OUTCOME_OK;
    }
    command = command_find(argc - at, argv + at, &words);
    if (!command) {
        if (help_of(session, argc - at, argv + at)) /* a group without its second word */
            return OUTCOME_USAGE;
        return session_usage(session, "没有这个命令", "no such command", argv[at]);
    }
    outcome = given_parse(session, command, argc - at - words, argv + at + words, &given);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (given.help) {
        help_of(session, words, argv + at);
        return OUTCOME_OK;
    }
    return command_run(session, command, &given);
}

int main(int argc, char **argv)
{
    struct session session;
    enum outcome outcome;

    session_init(&session);
    outcome = run(&session, argc, argv);
    session_release(&session);
    if (fflush(stdout) != 0 && outcome == OUTCOME_OK)
        outcome = OUTCOME_REFUSED;
    return (int)outcome;
}
