/* report.c - the table. */
#include "report.h"

#include <errno.h>
#include <stdbool.h>

#include "base/base.h"

void figures_add(struct figures *figures, const struct load_result *result, int64_t server_us,
                 int64_t redis_us)
{
    figures->calls += result->calls;
    figures->failed += result->failed;
    figures->seconds += result->seconds;
    figures->server_us += server_us;
    figures->redis_us += redis_us;
    if (result->p99_ms < figures->p99_ms)
        return;
    figures->p50_ms = result->p50_ms;
    figures->p95_ms = result->p95_ms;
    figures->p99_ms = result->p99_ms;
    figures->max_ms = result->max_ms;
}

double figures_rate(const struct figures *figures)
{
    return figures->seconds > 0 ? (double)figures->calls / figures->seconds : 0;
}

static double a_call(int64_t us, const struct figures *figures)
{
    return figures->calls ? (double)us / (double)figures->calls : 0;
}

/* One line: what, rate, latency, CPU a call. */
static void line(FILE *out, const char *what, const struct figures *f)
{
    fprintf(out,
            "  %-28s %8.0f/s  p50 %6.2f  p95 %6.2f  p99 %6.2f ms  server %5.1f  redis %5.1f us%s\n",
            what, figures_rate(f), f->p50_ms, f->p95_ms, f->p99_ms, a_call(f->server_us, f),
            a_call(f->redis_us, f), f->failed ? "  (calls failed!)" : "");
}

/* target: at least (up) or at most. */
static void target(FILE *out, const char *what, double figure, double wanted, bool up,
                   const char *unit)
{
    bool reached = up ? figure >= wanted : figure <= wanted;

    fprintf(out, "  %-52s %s %10.2f  figure %10.2f %-6s %s\n", what, up ? ">=" : "<=", wanted,
            figure, unit, reached ? "reached" : "NOT REACHED");
}

static void print_mode(FILE *out, const struct mode_report *mode, const char *name)
{
    fprintf(out, "\nappendfsync %s, 64 outstanding, mutual TLS, all on this machine's cores\n",
            name);
    line(out, "ceiling: echo", &mode->echo);
    line(out, "ceiling: bare GET", &mode->bare_get);
    line(out, "GetOrder", &mode->get);
    line(out, "ceiling: bare commit", &mode->bare_commit);
    line(out, "TakeOrder", &mode->take);
    line(out, "ListOrders, 50 a page", &mode->list);
}

static double ratio(const struct figures *figure, const struct figures *ceiling)
{
    return figures_rate(ceiling) > 0 ? figures_rate(figure) / figures_rate(ceiling) : 0;
}

void report_print(const struct report *report, FILE *out)
{
    const struct mode_report *always = &report->modes[0], *everysec = &report->modes[1];

    print_mode(out, always, "always");
    print_mode(out, everysec, "everysec");
    fprintf(out, "\ntargets\n");
    target(out, "TakeOrder, always, rate", figures_rate(&always->take), 12000, true, "/s");
    target(out, "TakeOrder, always, of the bare commit", ratio(&always->take, &always->bare_commit),
           0.70, true, "");
    target(out, "TakeOrder, server CPU", a_call(always->take.server_us, &always->take), 30, false,
           "us");
    target(out, "TakeOrder, Redis CPU", a_call(always->take.redis_us, &always->take), 45, false,
           "us");
    target(out, "TakeOrder, always, p99", always->take.p99_ms, 15, false, "ms");
    target(out, "TakeOrder, everysec, rate", figures_rate(&everysec->take), 18000, true, "/s");
    target(out, "GetOrder, rate", figures_rate(&always->get), 40000, true, "/s");
    target(out, "GetOrder, of the bare GET", ratio(&always->get, &always->bare_get), 0.70, true,
           "");
    target(out, "GetOrder, server CPU", a_call(always->get.server_us, &always->get), 20, false,
           "us");
    target(out, "ListOrders, 50 a page, p99", always->list.p99_ms, 20, false, "ms");
    target(out, "clocks at one midnight, two servers: all marked", report->herd.marked_seconds, 2,
           false, "s");
    target(out, "reminders at one opening, two servers: all raised", report->herd.reminded_seconds,
           2, false, "s");
    target(out, "  each exactly once", report->herd.each_once ? 1 : 0, 1, true, "");
    target(out, "  reads meanwhile, p99", report->herd.reads_p99_ms, 50, false, "ms");
    target(out, "server RSS", (double)report->server_rss_kib / 1024.0, 64, false, "MB");
    target(out, "Redis an open order", report->redis_bytes_an_order / 1024.0, 9, false, "KB");
}

static void json_figures(FILE *f, const char *name, const struct figures *x, const char *end)
{
    fprintf(f,
            "    \"%s\": {\"calls\": %llu, \"failed\": %llu, \"rate\": %.1f, \"p50_ms\": %.3f, "
            "\"p95_ms\": %.3f, \"p99_ms\": %.3f, \"server_us\": %.2f, \"redis_us\": %.2f}%s\n",
            name, (unsigned long long)x->calls, (unsigned long long)x->failed, figures_rate(x),
            x->p50_ms, x->p95_ms, x->p99_ms, a_call(x->server_us, x), a_call(x->redis_us, x), end);
}

int report_write_json(const struct report *report, const char *path)
{
    static const char *const names[] = { "always", "everysec" };
    FILE *f = fopen(path, "we");

    if (!f)
        return -errno;
    fprintf(f, "{\n");
    for (int i = 0; i < 2; i++) {
        const struct mode_report *mode = &report->modes[i];

        fprintf(f, "  \"%s\": {\n", names[i]);
        json_figures(f, "echo", &mode->echo, ",");
        json_figures(f, "bare_get", &mode->bare_get, ",");
        json_figures(f, "bare_commit", &mode->bare_commit, ",");
        json_figures(f, "get_order", &mode->get, ",");
        json_figures(f, "take_order", &mode->take, ",");
        json_figures(f, "list_orders", &mode->list, "");
        fprintf(f, "  },\n");
    }
    fprintf(f,
            "  \"herd\": {\"orders\": %llu, \"marked_s\": %.3f, \"reminded_s\": %.3f, "
            "\"each_once\": %s, \"reads_p99_ms\": %.2f},\n",
            (unsigned long long)report->herd.orders, report->herd.marked_seconds,
            report->herd.reminded_seconds, report->herd.each_once ? "true" : "false",
            report->herd.reads_p99_ms);
    fprintf(f, "  \"server_rss_kib\": %lld,\n  \"redis_bytes_an_order\": %.0f\n}\n",
            (long long)report->server_rss_kib, report->redis_bytes_an_order);
    return fclose(f) == 0 ? 0 : -errno;
}
