/*
 * desk_dispatch.c - the dispatch desk: which unit handles the order, in which limit (articles 6,
 * 8(2)). Whether a unit may be the main unit is the domain's to say; here it is only looked up.
 */
#include "service/desks.h"

#include <string.h>

#include "hotline/v1/dispatch.pb-c.h"
#include "service/resource_name.h"

#include "base/base.h"

static void take_main_unit(struct wrong *wrong, const Hotline__V1__StatutoryDispatch *ask,
                           struct command *command)
{
    const struct unit *unit;

    take_unit(wrong, "statutory.main_unit", ask->main_unit, command->dispatch.main_unit);
    unit = directory_unit(&wrong->errand->snapshot->directory, command->dispatch.main_unit);
    command->dispatch.main_unit_known = unit != NULL;
    if (!unit)
        return;
    command->dispatch.main_unit_kind = unit->kind;
    command->dispatch.main_unit_active =
        interval_holds(unit->from_ms, unit->until_ms, wrong->errand->now_ms);
}

/* The main unit, or an informed unit before this one. */
static bool named_before(const struct command *command, const char *code)
{
    if (strcmp(command->dispatch.main_unit, code) == 0)
        return true;
    for (size_t i = 0; i < command->dispatch.n_informed; i++)
        if (strcmp(command->dispatch.informed[i], code) == 0)
            return true;
    return false;
}

static void take_informed_units(struct wrong *wrong, const Hotline__V1__StatutoryDispatch *ask,
                                struct command *command)
{
    const struct directory *directory = &wrong->errand->snapshot->directory;

    for (size_t i = 0; i < ask->n_informed_units && i < INFORMED_MAX; i++) {
        char *code = command->dispatch.informed[command->dispatch.n_informed];

        if (!resource_id(ask->informed_units[i], wrong->errand->subdistrict, "units", code,
                         UNIT_CODE_BYTES))
            wrong_entry(wrong, "statutory.informed_units", i, "须为本街道的单位资源名",
                        "must name a unit of this subdistrict");
        else if (named_before(command, code))
            wrong_entry(wrong, "statutory.informed_units", i, "单位重复",
                        "the unit is named twice");
        if (!directory_unit(directory, code) && !command->dispatch.unknown_informed)
            command->dispatch.unknown_informed = code;
        command->dispatch.n_informed++;
    }
}

static const struct refusal *ask_dispatch_order(struct errand *errand,
                                                const ProtobufCMessage *request,
                                                struct command *command)
{
    const Hotline__V1__DispatchOrderRequest *ask = (const void *)request;
    const Hotline__V1__StatutoryDispatch *statutory = ask->statutory;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_DISPATCH_ORDER };
    if (ask->mode_case != HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY)
        return NULL; /* a mode of a later release: the domain refuses what it does not know */
    command->dispatch.mode = DISPATCH_MODE_STATUTORY;
    command->dispatch.limit = (enum limit_class)statutory->limit_class;
    command->dispatch.limit_reason_given = statutory->limit_class_reason[0];
    take_main_unit(&wrong, statutory, command);
    take_informed_units(&wrong, statutory, command);
    return wrong.refusal;
}

/* clang-format off */
static const struct rpc_method dispatch_desk[] = {
    /*            method           what is asked        of this order  who may ask    kept */
    ORDER_COMMAND("DispatchOrder", ask_dispatch_order,  NULL,          MAY_DISPATCH,  WORDS),
};
/* clang-format on */

const struct rpc_service desk_dispatch =
    DESK(hotline__v1__dispatch_service__descriptor, dispatch_desk);
