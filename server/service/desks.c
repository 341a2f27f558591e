/*
 * desks.c - what all desks do alike: taking values from a request, and answering with the order.
 */
#include "service/desks.h"

#include <stdio.h>
#include <string.h>

#include "domain/civil.h"
#include "hotline/v1/dispatch.pb-c.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/intake.pb-c.h"
#include "hotline/v1/return_visit.pb-c.h"
#include "hotline/v1/review.pb-c.h"
#include "service/resource_name.h"
#include "service/view_base.h"
#include "service/words.h"
#include "storage/commit.h"

#include "base/base.h"

/* what is wrong ------------------------------------------------------------------------------- */

void wrong_field(struct wrong *wrong, const char *field, const char *zh, const char *en)
{
    if (!wrong->refusal)
        wrong->refusal = refusal_new(wrong->errand->arena, FAULT_REQUEST_INVALID);
    refusal_field(wrong->refusal, field, zh, en);
}

void wrong_entry(struct wrong *wrong, const char *list, size_t index, const char *zh,
                 const char *en)
{
    wrong_field(wrong, arena_printf(wrong->errand->arena, "%s[%zu]", list, index), zh, en);
}

/* taking values ------------------------------------------------------------------------------- */

void take_text(struct wrong *wrong, const char *field, const char *text, char *to, size_t size)
{
    struct arena *a = wrong->errand->arena;
    size_t length = strlen(text);

    if (length < size) {
        memcpy(to, text, length + 1);
        return;
    }
    wrong_field(wrong, field, arena_printf(a, "最多%zu字节", size - 1),
                arena_printf(a, "at most %zu bytes", size - 1));
}

void take_unit(struct wrong *wrong, const char *field, const char *name, char code[UNIT_CODE_BYTES])
{
    if (name[0] && !resource_id(name, wrong->errand->subdistrict, "units", code, UNIT_CODE_BYTES))
        wrong_field(wrong, field, "须为本街道的单位资源名", "must name a unit of this subdistrict");
}

int64_t take_past(struct wrong *wrong, const char *field, const Google__Protobuf__Timestamp *time,
                  int64_t skew_ms)
{
    int64_t at_ms = view_ms(time);

    if (at_ms > wrong->errand->now_ms + skew_ms)
        wrong_field(wrong, field, "时间不能晚于现在", "must not lie in the future");
    return at_ms;
}

void ask_line(struct wrong *wrong, Hotline__V1__ContactChannel channel,
              Hotline__V1__ContactLine line, Hotline__V1__ContactResult result)
{
    bool telephone = channel == HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE ||
                     channel == HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_SMS;

    if (telephone && line == HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_UNSPECIFIED &&
        result != HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED)
        wrong_field(wrong, "contact_line", "电话、短信联系须指明所用号码",
                    "a call or text message needs the line it used");
}

const struct refusal *check_line(struct errand *errand, Hotline__V1__ContactLine line)
{
    struct wrong wrong = { .errand = errand };
    size_t number = (size_t)line; /* FIRST = 1 ... THIRD = 3; OTHER is not in the order */

    if (line <= HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_THIRD && number > errand->before->n_phones)
        wrong_field(&wrong, "contact_line", "工单中没有这个号码", "the citizen has no such line");
    return wrong.refusal;
}

/* what the caller sees ------------------------------------------------------------------------ */

/* The identity as stored, or, of a delivery, as it came: it was loaded before it was written. */
static struct slice errand_identity(struct errand *errand)
{
    uint64_t version;
    struct slice identity = { 0 };

    if (errand->row->load == LOAD_DELIVERY && !errand->replayed) {
        (void)intake_identity(errand->request, errand->arena, &identity);
        return identity;
    }
    record_split(errand->identity_bytes, &version, &identity);
    return identity;
}

Hotline__V1__Order *desk_order_view(struct errand *errand)
{
    struct order_view view = {
        .order = errand->after,
        .subdistrict = errand->subdistrict,
        .directory = &errand->snapshot->directory,
        .calendar = errand->snapshot->calendar,
        .rules = errand->snapshot->rules,
        .now_ms = errand->now_ms,
        .relation = errand->relation,
        .full =
            errand->row->needs_texts, /* a command's answer is BASIC: whoever wants more reads */
        .texts = errand->texts,
        .n_texts = errand->n_texts,
        .identity = errand_identity(errand),
    };

    return view_order(&view, errand->arena);
}

/* The answers of all order commands have these fields in this order (a test compares the
 * descriptors), so one function builds them all. */
struct command_answer {
    ProtobufCMessage base;
    Hotline__V1__Order *order;
    char *cursor;
    protobuf_c_boolean replayed;
};

/* The response type of the method whose request this is. */
static const ProtobufCMessageDescriptor *answer_type(const ProtobufCMessage *request)
{
    static const struct rpc_service *const desks[] = {
        &desk_intake, &desk_dispatch, &desk_handling, &desk_review, &desk_return_visit,
    };

    for (size_t i = 0; i < COUNT_OF(desks); i++)
        for (unsigned j = 0; j < desks[i]->descriptor->n_methods; j++)
            if (desks[i]->descriptor->methods[j].input == request->descriptor)
                return desks[i]->descriptor->methods[j].output;
    must(false); /* a request that no desk takes */
    return NULL;
}

ProtobufCMessage *desk_answer(struct errand *errand)
{
    struct command_answer *answer = view_new(errand->arena, answer_type(errand->request));

    if (!answer)
        return NULL;
    answer->order = desk_order_view(errand);
    answer->cursor = view_text(errand_cursor(errand));
    answer->replayed = errand->replayed;
    return answer->order ? &answer->base : NULL;
}
