/*
 * desk_intake.c - the intake desk: the district delivers orders, the office accepts them
 * (article 6).
 */
#include "service/desks.h"

#include <ctype.h>
#include <string.h>

#include "hotline/v1/intake.pb-c.h"
#include "service/view_base.h"
#include "service/words.h"

#include "base/base.h"

/* ReceiveOrder -------------------------------------------------------------------------------- */

/* Digits and hyphens, an optional + in front, and at least one digit. */
static bool is_phone(const char *number)
{
    bool digit = false;

    for (const char *at = number; *at; at++) {
        digit = digit || isdigit((unsigned char)*at);
        if (!isdigit((unsigned char)*at) && *at != '-' && !(*at == '+' && at == number))
            return false;
    }
    return digit;
}

static void take_phones(struct wrong *wrong, const Hotline__V1__Citizen *citizen,
                        struct order *intake)
{
    const struct secret_key *key = &office_settings(wrong->errand->office)->blind_index_key;

    for (size_t i = 0; i < citizen->n_phones && i < PHONES_MAX; i++) {
        const char *number = citizen->phones[i]->number;

        if (is_phone(number))
            blind_index(key, number, intake->phones[intake->n_phones++]);
        else
            wrong_entry(wrong, "citizen.phones", i, "电话号码只能有数字、连字符和开头的加号",
                        "digits, hyphens and a leading + only");
    }
}

/* Who did not say who, cannot be called: either the kind or the rest is a mistake. */
static void ask_anonymous(struct wrong *wrong, const Hotline__V1__Citizen *citizen)
{
    bool named = citizen->name[0] || citizen->id_number[0] || citizen->address[0] ||
                 citizen->contact_person[0] || citizen->n_phones;

    if (citizen->kind == HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_ANONYMOUS && named)
        wrong_field(wrong, "citizen.kind", "匿名诉求人不应带有身份信息",
                    "an anonymous citizen comes without identity");
}

static void take_citizen(struct wrong *wrong, const Hotline__V1__Citizen *citizen,
                         struct order *intake)
{
    ask_anonymous(wrong, citizen);
    take_phones(wrong, citizen, intake);
    intake->confidential = intake->confidential || citizen->wants_confidentiality;
}

static void take_place(struct wrong *wrong, const Hotline__V1__Place *place, struct order *intake)
{
    if (!place)
        return;
    TAKE_TEXT(wrong, "place.grid", place->grid, intake->grid);
    take_unit(wrong, "place.residential_area", place->residential_area, intake->area_unit);
    if (intake->area_unit[0] &&
        !directory_unit(&wrong->errand->snapshot->directory, intake->area_unit))
        wrong_field(wrong, "place.residential_area", "目录中没有这个居民区",
                    "the directory knows no such unit");
}

static void take_flags(const Hotline__V1__OrderFlags *flags, struct order *intake)
{
    if (!flags)
        return;
    intake->urgent = flags->urgent;
    intake->confidential = flags->confidential;
    intake->major = flags->major;
    intake->multi_department = flags->multi_department;
}

static void take_numbers(struct wrong *wrong, const Hotline__V1__ReceiveOrderRequest *ask,
                         struct order *intake)
{
    TAKE_TEXT(wrong, "district_number", ask->district_number, intake->district_number);
    TAKE_TEXT(wrong, "city_number", ask->city_number, intake->city_number);
    if (ask->matter)
        TAKE_TEXT(wrong, "matter.code", ask->matter->code, intake->matter_code);
}

/* The id is used when the district's number turns out to be new; else it is thrown away. */
static const struct refusal *ask_receive_order(struct errand *errand,
                                               const ProtobufCMessage *request,
                                               struct command *command)
{
    const Hotline__V1__ReceiveOrderRequest *ask = (const void *)request;
    const struct secret_key *key = &office_settings(errand->office)->blind_index_key;
    struct wrong wrong = { .errand = errand };
    struct order *intake = &command->intake;

    *command = (struct command){ .kind = COMMAND_RECEIVE_ORDER };
    take_numbers(&wrong, ask, intake);
    take_flags(ask->flags, intake);
    take_citizen(&wrong, ask->citizen, intake);
    take_place(&wrong, ask->place, intake);
    intake->channel = ask->channel;
    intake->category = (enum request_category)ask->category;
    intake->received_ms = take_past(&wrong, "received_time", ask->received_time, DISTRICT_SKEW_MS);
    if (wrong.refusal)
        return wrong.refusal;
    if (intake_digest(request, key, errand->arena, intake->intake_digest) < 0)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    if (office_new_order_id(errand->office, intake->id) < 0)
        return refusal_new(errand->arena, FAULT_INTERNAL);
    return NULL;
}

/* AcceptOrder --------------------------------------------------------------------------------- */

static const struct refusal *ask_accept_order(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct command *command)
{
    const Hotline__V1__AcceptOrderRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_ACCEPT_ORDER };
    command->accept.category = (enum request_category)ask->category;
    if (!ask->matter->code[0] && !ask->matter->label[0])
        wrong_field(&wrong, "matter", "事项编码和事项名称至少填一项",
                    "the matter needs a code or a label");
    TAKE_TEXT(&wrong, "matter.code", ask->matter->code, command->accept.matter_code);
    if (ask->flags) {
        command->accept.urgent = ask->flags->urgent;
        command->accept.confidential = ask->flags->confidential;
        command->accept.major = ask->flags->major;
        command->accept.multi_department = ask->flags->multi_department;
    }
    return wrong.refusal;
}

/* clang-format off */
/* The district delivers by its own number: there may be an order already, or none. */
static const struct road_row receive_order = {
    .method = "ReceiveOrder", .ask = ask_receive_order, .permission = MAY_RECEIVE,
    .load = LOAD_DELIVERY, .view = desk_answer, .brings_text = true, .needs_texts = true,
};

static const struct rpc_method intake_desk[] = {
    { "ReceiveOrder", RPC_UNARY, road_serve, NULL, &receive_order },
    /*            method         what is asked       of this order  who may ask  kept */
    ORDER_COMMAND("AcceptOrder", ask_accept_order,   NULL,          MAY_ACCEPT,  WORDS),
};
/* clang-format on */

const struct rpc_service desk_intake = DESK(hotline__v1__intake_service__descriptor, intake_desk);
