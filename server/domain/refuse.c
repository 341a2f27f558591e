/* refuse.c - refusals of the domain, and what is allowed now. */
#include "domain/refuse.h"

#include "domain/civil.h"

#include "base/base.h"

const char *instant_text(int64_t at_ms, struct arena *a)
{
    char day[CIVIL_TEXT_BYTES];
    int32_t minute = civil_minute_of(at_ms);
    int64_t second = at_ms - civil_day_start_ms(civil_day_of(at_ms)) - minute * MINUTE_MS;

    civil_format(civil_day_of(at_ms), day);
    return arena_printf(a, "%sT%02d:%02d:%02d+08:00", day, (int)minute / 60, (int)minute % 60,
                        (int)(second / 1000));
}

const char *list_with(const char *list, const char *between, const char *item, struct arena *a)
{
    if (!list)
        return NULL;
    return arena_printf(a, "%s%s%s", list, list[0] ? between : "", item);
}

const char *article_of(enum command_kind command)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        if (lifecycle[i].command == command)
            return lifecycle[i].article;
    return "";
}

const struct guard *guard_broken(const struct situation *situation, const struct command *command,
                                 const struct lifecycle_row *row, bool of_payload)
{
    for (size_t i = 0; row->provided[i]; i++) {
        const struct guard *guard = row->provided[i];

        if ((of_payload || !guard->of_payload) && !guard->holds(situation, command))
            return guard;
    }
    return NULL;
}

struct refusal *refuse(const struct situation *situation, enum fault_id fault, const char *article,
                       struct arena *a)
{
    const struct state_row *state = &states[situation->order->state];
    struct refusal *refusal = refusal_new(a, fault);

    if (fault_of(fault)->article[0] && fault != FAULT_WRONG_STATE)
        article = fault_of(fault)->article;
    refusal_fact(refusal, "article", article);
    refusal_fact(refusal, "state", state->name);
    return refusal_fact(refusal, "state_zh", state->zh);
}

/* Some row lets one of these roles do it, and nothing known of the order speaks against it. */
static bool is_allowed(const struct situation *situation, enum command_kind kind,
                       uint32_t roles_asking)
{
    const struct command command = { .kind = kind };

    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        if (row->command == kind && row->when & 1u << situation->order->state &&
            row->by & roles_asking && !guard_broken(situation, &command, row, false))
            return true;
    }
    return false;
}

struct refusal *refuse_with_help(const struct situation *situation, enum fault_id fault,
                                 const char *article, uint32_t roles_asking, struct arena *a)
{
    struct refusal *refusal = refuse(situation, fault, article, a);
    const char *names = "", *names_zh = "";

    for (int kind = 1; kind < COMMAND_MAX; kind++) {
        if (!is_allowed(situation, (enum command_kind)kind, roles_asking))
            continue;
        names = list_with(names, ",", commands[kind].name, a);
        names_zh = list_with(names_zh, "、", commands[kind].zh, a);
    }
    refusal_fact(refusal, "allowed_commands", names);
    return refusal_fact(refusal, "allowed_commands_zh", names_zh);
}

/* ListAvailableCommands ----------------------------------------------------------------------- */

/* Why these roles may not do it now; NULL when they may. */
static const struct refusal *why_not(const struct situation *situation, enum command_kind kind,
                                     uint32_t roles_asking, struct arena *a)
{
    const struct command command = { .kind = kind };
    enum fault_id fault = FAULT_WRONG_STATE;

    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];
        const struct guard *broken;

        if (row->command != kind || !(row->when & 1u << situation->order->state) ||
            !(row->by & roles_asking))
            continue;
        broken = guard_broken(situation, &command, row, false);
        if (!broken)
            return NULL;
        fault = broken->fault;
    }
    return refuse(situation, fault, article_of(kind), a);
}

size_t available_commands(const struct situation *situation, uint32_t roles_asking, struct arena *a,
                          struct available_command ret_commands[COMMAND_MAX])
{
    size_t n = 0;

    for (int i = 1; i < COMMAND_MAX; i++) {
        enum command_kind kind = (enum command_kind)i;
        const struct refusal *refusal;

        if (!(lifecycle_roles(~IN(UNSPECIFIED), kind) & roles_asking))
            continue; /* never theirs, or not for an order that exists */
        refusal = why_not(situation, kind, roles_asking, a);
        ret_commands[n++] =
            (struct available_command){ .kind = kind, .allowed = !refusal, .refusal = refusal };
    }
    return n;
}
