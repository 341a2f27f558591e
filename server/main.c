/*
 * main.c - hotlined, the backend of a subdistrict's 12345 citizen hotline. A table of contents:
 * what is built in which order, and taken down in the reverse.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "process.h"

#include "base/base.h"

enum { EXIT_USAGE = 64, EXIT_CANNOT = 1 };

static int serve(struct process *process)
{
    if (process_read_files(process) < 0 || process_create_server(process) < 0 ||
        process_start(process) < 0)
        return EXIT_CANNOT;
    process_wait(process);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct process process;
    int code = EXIT_CANNOT;

    memory_keep();
    if (options_read(argc, argv, &process.options) < 0)
        return EXIT_USAGE;
    log_set_level(process.options.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    if (process_check_limits() < 0)
        return EXIT_CANNOT;
    if (process_start_redis(&process) < 0)
        return EXIT_CANNOT;
    process_block_signals(); /* after the fork: the supervisor of Redis takes its own */
    if (process_check_redis(&process) == 0)
        code = process.options.mode == MODE_SERVE ? serve(&process) : process_run_tool(&process);
    process_stop(&process);
    return code;
}
