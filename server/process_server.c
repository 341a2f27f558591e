/*
 * process_server.c - the steps that concern the server: files, lanes, services, jobs, drain.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <unistd.h>

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "api_descriptor_set.h"
#include "base/log.h"
#include "embedded_data.h"
#include "process.h"
#include "service/calendar_file.h"
#include "service/desks.h"
#include "service/desks_admin.h"
#include "service/desk_deadline.h"
#include "service/road.h"
#include "service/rules_file.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 4 * 1024 * 1024, WATCHDOG_MS = 15000, PROBE_MS = 5000, FAILURES_MAX = 3 };

/* Every desk of the office. */
static const struct rpc_service *const desks[] = {
    &desk_intake, &desk_dispatch, &desk_handling, &desk_review,    &desk_return_visit,
    &desk_order,  &desk_deadline, &desk_calendar, &desk_directory,
};

/* files --------------------------------------------------------------------------------------- */

static void path_in(char path[512], const char *directory, const char *name)
{
    (void)snprintf(path, 512, "%s/%s", directory, name);
}

static void process_name_files(struct process *process)
{
    struct process_files *files = &process->files;
    const char *certs = process->options.certificates, *keys = process->options.keys;

    path_in(files->ca, certs, "ca.pem");
    path_in(files->certificate, certs, "server.pem");
    path_in(files->key, certs, "server.key");
    path_in(files->probe_certificate, certs, "probe.pem");
    path_in(files->probe_key, certs, "probe.key");
    path_in(files->blind_index, keys, "blind-index.key");
    path_in(files->page_token, keys, "page-token.key");
}

static int process_read_key(const char *path, struct secret_key *ret_key)
{
    int r = secret_key_read(path, ret_key);

    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "key_unreadable", "path=%s errno=%d do=\"%s\"", path, -r,
                  r == -EPERM ? "chmod 600: others may read it"
                              : "write 64 hex digits: openssl rand -hex 32 > FILE; chmod 600 FILE");
    return r;
}

static int process_read_rules(struct process *process)
{
    const struct options *o = &process->options;
    const char *why = "";
    int r;

    process->rules = ARENA_NEW(&process->arena, struct rules);
    if (!process->rules)
        return -ENOMEM;
    r = o->rules ? rules_file_read(o->rules, &process->arena, process->rules, &why)
                 : rules_file_parse(slice_of(data_rules, data_rules_size), &process->arena,
                                    process->rules, &why);
    if (r < 0) {
        log_event(LOG_LEVEL_ERROR, "rules_refused", "why=\"%s\"", why);
        return r;
    }
    r = o->calendar
            ? calendar_file_read(o->calendar, &process->arena, &process->years, &process->n_years,
                                 &why)
            : calendar_file_parse(slice_of(data_calendar_cn, data_calendar_cn_size),
                                  &process->arena, &process->years, &process->n_years, &why);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "calendar_refused", "why=\"%s\"", why);
    return r;
}

int process_read_files(struct process *process)
{
    struct office_settings *settings = &process->settings;
    int r;

    arena_init(&process->arena, ARENA_BYTES_MAX);
    process_name_files(process);
    r = process_read_rules(process);
    if (r == 0)
        r = process_read_key(process->files.blind_index, &settings->blind_index_key);
    if (r == 0)
        r = process_read_key(process->files.page_token, &settings->page_token_key);
    settings->clock = &process->clock;
    settings->rules = process->rules;
    settings->shipped_years = process->years;
    settings->n_shipped_years = process->n_years;
    settings->redis = process->address.options;
    settings->subdistricts = process->options.subdistricts;
    return r;
}

/* lanes and services -------------------------------------------------------------------------- */

static int process_count_lanes(const struct options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (options->lanes)
        return options->lanes;
    if (cores < 2)
        return 1;
    return cores / 2 > PROCESS_LANES_MAX ? PROCESS_LANES_MAX : (int)(cores / 2);
}

/* The desks, and the manual clock's where there is one. */
static int process_add_desks(struct process *process)
{
    const ProtobufCServiceDescriptor *descriptors[COUNT_OF(desks) + 2];
    const struct slice set = slice_of(api_descriptor_set, api_descriptor_set_size);
    const char *why = "";
    size_t n = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < COUNT_OF(desks); i++) {
        r = rpc_server_add(process->server, desks[i]);
        descriptors[n++] = desks[i]->descriptor;
    }
    if (r == 0 && process->clock.manual) {
        r = rpc_server_add(process->server, &desk_manual_clock);
        descriptors[n++] = desk_manual_clock.descriptor;
    }
    descriptors[n] = NULL;
    if (r == 0)
        r = rpc_server_add_health(process->server);
    if (r == 0)
        r = rpc_server_reflect(process->server, set);
    if (r == 0)
        r = field_rules_create(set, descriptors, &process->arena, &process->field_rules, &why);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "services_refused", "errno=%d why=\"%s\"", -r, why);
    return r;
}

static int process_create_offices(struct process *process)
{
    struct loop *loops[PROCESS_LANES_MAX];
    int r = 0;

    for (int lane = 0; r == 0 && lane < process->lanes; lane++) {
        loops[lane] = rpc_server_loop(process->server, lane);
        r = office_create(loops[lane], &process->settings, &process->offices[lane]);
    }
    if (r == 0)
        r = hub_create(&process->settings, loops, process->lanes, &process->hub);
    if (r == 0) {
        road_open(process->offices, process->lanes, process->field_rules);
        desk_deadline_open(process->hub);
    }
    return r;
}

static int process_create_jobs(struct process *process)
{
    int r = 0;

    for (int i = 0; r == 0 && i < process->options.n_subdistricts; i++)
        r = deadlines_create(process->offices[i % process->lanes], process->options.subdistricts[i],
                             &process->deadlines[i]);
    if (r == 0 && process->clock.manual)
        r = clock_follower_create(process->offices[0], &process->follower);
    return r;
}

static int process_listen(struct process *process)
{
    const struct rpc_certificates certificates = {
        .ca_path = process->files.ca,
        .certificate_path = process->files.certificate,
        .key_path = process->files.key,
    };
    const char *what = "see the line before";
    int r =
        rpc_server_listen(process->server, process->options.listen, &certificates, &process->port);

    if (r == -EADDRINUSE)
        what = "the port is taken: stop who holds it, or use another --listen";
    else if (r == -EACCES)
        what = "chmod 600 server.key, and let this user read it";
    else if (r == -ENOENT)
        what = "ca.pem, server.pem and server.key are needed in --certs";
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "not_listening", "address=%s errno=%d do=\"%s\"",
                  process->options.listen, -r, what);
    return r;
}

int process_create_server(struct process *process)
{
    int r;

    process->lanes = process_count_lanes(&process->options);
    r = rpc_server_create(&rpc_limits_default, process->lanes, &process->server);
    if (r == 0)
        r = process_add_desks(process);
    if (r == 0)
        r = process_create_offices(process);
    if (r == 0)
        r = process_create_jobs(process);
    if (r == 0)
        r = process_listen(process);
    return r;
}

/* running ------------------------------------------------------------------------------------- */

static int process_start_watchdog(struct process *process)
{
    char address[64];
    const struct watchdog_options options = {
        .address = address,
        .server_name = "localhost",
        .certificates = { .ca_path = process->files.ca,
                          .certificate_path = process->files.probe_certificate,
                          .key_path = process->files.probe_key },
        .period_ms = WATCHDOG_MS,
        .timeout_ms = PROBE_MS,
        .failures_max = FAILURES_MAX,
    };
    int r;

    if (!process->options.watchdog)
        return 0;
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", process->port);
    r = watchdog_create(&options, &process->watchdog);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "watchdog_not_started",
                  "errno=%d do=\"probe.pem and probe.key are needed in --certs, or --no-watchdog\"",
                  -r);
    return r;
}

static int process_start_metrics(struct process *process)
{
    const struct metrics_sources sources = {
        .server = process->server,
        .offices = process->offices,
        .lanes = process->lanes,
        .deadlines = process->deadlines,
        .subdistricts = process->options.subdistricts,
        .n_deadlines = process->options.n_subdistricts,
    };
    int r;

    if (!process->options.metrics[0])
        return 0;
    r = metrics_page_create(process->options.metrics, &sources, &process->metrics);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "metrics_not_served", "address=%s errno=%d do=\"%s\"",
                  process->options.metrics, -r,
                  r == -EINVAL ? "write a loopback address, 127.0.0.1:PORT, or nothing"
                               : "the port is taken: use another --metrics");
    return r;
}

static void signals_awaited(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

/* Signals are taken by process_wait() alone: every thread made later inherits the mask. */
void process_block_signals(void)
{
    sigset_t set;

    signals_awaited(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

int process_start(struct process *process)
{
    int r = rpc_server_start(process->server);

    if (r == 0)
        r = process_start_watchdog(process);
    if (r == 0)
        r = process_start_metrics(process);
    if (r < 0)
        return r;
    rpc_server_set_serving(process->server, NULL, true);
    for (size_t i = 0; i < COUNT_OF(desks); i++)
        rpc_server_set_serving(process->server, desks[i]->descriptor->name, true);
    log_event(LOG_LEVEL_INFO, "serving", "address=%s port=%d lanes=%d clock=%s",
              process->options.listen, process->port, process->lanes,
              process->clock.manual ? "manual" : "real");
#ifdef HAVE_LIBSYSTEMD
    (void)sd_notify(0, "READY=1");
#endif
    return 0;
}

void process_wait(struct process *process)
{
    sigset_t set;
    int signal_number = 0;

    signals_awaited(&set);
    for (;;) {
        if (sigwait(&set, &signal_number) != 0)
            continue;
        if (signal_number != SIGHUP)
            break;
        (void)rpc_server_reload_certificates(process->server);
    }
    log_event(LOG_LEVEL_INFO, "draining", "signal=%d grace_ms=%d", signal_number,
              process->options.drain_ms);
}

void process_stop(struct process *process)
{
    if (process->server) {
        rpc_server_set_serving(process->server, NULL, false);
        process->watchdog = watchdog_free(process->watchdog);
        process->metrics = metrics_page_free(process->metrics);
        rpc_server_drain(process->server, process->options.drain_ms);
    }
    process->hub = hub_free(process->hub);
    /* Links first: they answer what is pending, and take their timers from lists that jobs' timers
     * stand in too. */
    for (int lane = 0; lane < process->lanes; lane++)
        process->offices[lane] = office_free(process->offices[lane]);
    for (int i = 0; i < process->options.n_subdistricts; i++)
        process->deadlines[i] = deadlines_free(process->deadlines[i]);
    process->follower = clock_follower_free(process->follower);
    process->server = rpc_server_free(process->server);
    process->field_rules = field_rules_free(process->field_rules);
    arena_release(&process->arena);
    process->redis = embedded_redis_stop(process->redis);
    log_event(LOG_LEVEL_INFO, "stopped", "%s", "");
}
