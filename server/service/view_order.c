/*
 * view_order.c - which parts of an order a caller sees, and the parts that every order has.
 *
 * The order of the functions is the order of the fields in api/hotline/v1/order.proto. A part that
 * is not shown is absent, not empty, so that a program can tell "nothing there" from "not for you".
 */
#include "service/view_order.h"

#include "base/arena.h"
#include "domain/tables.h"
#include "hotline/v1/dispatch.pb-c.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/intake.pb-c.h"
#include "hotline/v1/review.pb-c.h"
#include "service/view_base.h"
#include "service/view_clock.h"
#include "service/view_parts.h"
#include "service/words.h"

#include "base/base.h"

/* clang-format off */
enum {
    PARTS_LONG = PART_CONTENT | PART_TEXTS | PART_CONTACTS | PART_PROGRESS | PART_REPLIES |
                 PART_VISITS, /* not in BASIC view */
    PARTS_ALL = PARTS_LONG | PART_FACTS | PART_TITLE | PART_PLACE | PART_CITIZEN,
};

/* Who sees which parts (article 16); within a part fields are masked by their privacy class. */
static const uint32_t parts_of[RELATION_MAX] = {
    [RELATION_NONE]     = 0,                                      /* 无关人员：不可见 */
    [RELATION_INFORMED] = PART_FACTS | PART_TITLE | PART_PLACE,   /* 知会单位：知其事，不知其人 */
    [RELATION_UNIT]     = PARTS_ALL,                              /* 主办单位：办理和联系所需 */
    [RELATION_LEADER]   = PARTS_ALL,                              /* 分管领导 */
    [RELATION_AUDIT]    = PARTS_ALL,                              /* 街道领导、城运中心、审计 */
    [RELATION_OFFICE]   = PARTS_ALL,                              /* 热线办 */
    [RELATION_DISTRICT] = PARTS_ALL,                              /* 区热线办：派发者 */
};
/* clang-format on */

uint32_t order_parts(enum relation relation)
{
    must(relation >= RELATION_NONE && relation < RELATION_MAX);
    return parts_of[relation];
}

/* intake -------------------------------------------------------------------------------------- */

/* The code is a fact; set and name of the matter come from whoever classified it last. */
static Hotline__V1__Matter *show_matter(struct view *view,
                                        const Hotline__V1__ReceiveOrderRequest *received,
                                        const Hotline__V1__AcceptOrderRequest *accepted)
{
    const Hotline__V1__Matter *said = accepted   ? accepted->matter
                                      : received ? received->matter
                                                 : NULL;
    Hotline__V1__Matter *shown;

    if (!said && !view->order->matter_code[0])
        return NULL;
    shown = view_new(view->arena, &hotline__v1__matter__descriptor);
    if (!shown)
        return NULL;
    shown->code = view_text(view->order->matter_code);
    if (said) {
        shown->code_set = said->code_set;
        shown->label = said->label;
    }
    return shown;
}

static Hotline__V1__OrderFlags *show_flags(struct view *view)
{
    Hotline__V1__OrderFlags *shown = view_new(view->arena, &hotline__v1__order_flags__descriptor);

    if (!shown)
        return NULL;
    shown->urgent = view->order->urgent;
    shown->confidential = view->order->confidential;
    shown->major = view->order->major;
    shown->multi_department = view->order->multi_department;
    return shown;
}

static void show_acceptance(struct view *view, const struct words *accepted,
                            Hotline__V1__Intake *shown)
{
    const struct clock *clock = &view->order->clocks[CLOCK_ACCEPT];

    shown->accepted_time = show_recorded_time(view, accepted);
    shown->accepted_by = show_recorded_by(view, accepted);
    if (!shown->accepted_time && clock->status == CLOCK_STATUS_MET)
        shown->accepted_time = show_time(view, clock->stopped_ms); /* lists read no texts */
}

static void show_intake(struct view *view, const Hotline__V1__ReceiveOrderRequest *received,
                        Hotline__V1__Order *answer)
{
    const struct order *order = view->order;
    const struct words *accepted = words_newest(&view->words, COMMAND_ACCEPT_ORDER);
    Hotline__V1__Intake *shown = view_new(view->arena, &hotline__v1__intake__descriptor);

    if (!shown)
        return;
    shown->district_number = view_text(order->district_number);
    shown->city_number = view_text(order->city_number);
    shown->channel = (Hotline__V1__IntakeChannel)order->channel;
    shown->category = (Hotline__V1__RequestCategory)order->category;
    shown->matter = show_matter(view, received, words_said(accepted));
    shown->received_time = show_time(view, order->received_ms);
    shown->recorded_time = show_time(view, order->recorded_ms);
    shown->flags = show_flags(view);
    shown->amendment_count = order->amendments;
    if (order->amendments)
        shown->amended_time =
            show_recorded_time(view, words_newest(&view->words, COMMAND_AMEND_ORDER));
    show_acceptance(view, accepted, shown);
    if (received) {
        shown->district_limits = shown_as_said((ProtobufCMessage *)received->district_limits);
        shown->n_related_district_numbers = received->n_related_district_numbers;
        shown->related_district_numbers = received->related_district_numbers;
    }
    answer->intake = shown;
}

/* text, place, citizen ------------------------------------------------------------------------ */

static void show_text(struct view *view, const Hotline__V1__ReceiveOrderRequest *received,
                      Hotline__V1__Order *answer)
{
    Hotline__V1__OrderText *shown;

    if (!received || !received->text || !view_shows(view, PART_TITLE))
        return;
    shown = view_new(view->arena, &hotline__v1__order_text__descriptor);
    if (!shown)
        return;
    shown->title = received->text->title;
    if (view_shows(view, PART_CONTENT))
        shown->content = received->text->content;
    answer->text = shown;
}

static void show_place(struct view *view, const Hotline__V1__ReceiveOrderRequest *received,
                       Hotline__V1__Order *answer)
{
    const struct order *order = view->order;
    const Hotline__V1__Place *said = received ? received->place : NULL;
    Hotline__V1__Place *shown;

    if (!view_shows(view, PART_PLACE) || (!said && !order->grid[0] && !order->area_unit[0]))
        return;
    shown = view_new(view->arena, &hotline__v1__place__descriptor);
    if (!shown)
        return;
    shown->grid = view_text(order->grid);
    shown->residential_area =
        view_name(view->of->subdistrict, "units", order->area_unit, view->arena);
    if (said)
        shown->address = said->address;
    answer->place = shown;
}

static void show_phones(struct view *view, const struct identity *identity,
                        Hotline__V1__Citizen *shown)
{
    if (identity->n_phones == 0)
        return;
    shown->phones = ARENA_ARRAY(view->arena, Hotline__V1__CitizenPhone *, identity->n_phones);
    for (size_t i = 0; shown->phones && i < identity->n_phones; i++) {
        Hotline__V1__CitizenPhone *phone =
            view_new(view->arena, &hotline__v1__citizen_phone__descriptor);

        if (!phone)
            return;
        phone->number = view_text(identity->phones[i]);
        shown->phones[shown->n_phones++] = phone;
    }
}

static void show_citizen(struct view *view, Hotline__V1__Order *answer)
{
    struct identity identity = { 0 };
    Hotline__V1__Citizen *shown;

    if (!view_shows(view, PART_CITIZEN) || !view->of->identity.data ||
        identity_unpack(view->of->identity, view->arena, &identity) < 0)
        return;
    shown = view_new(view->arena, &hotline__v1__citizen__descriptor);
    if (!shown)
        return;
    shown->kind = (Hotline__V1__CitizenKind)identity.kind;
    shown->sex = (Hotline__V1__Sex)identity.sex;
    shown->name = view_text(identity.name);
    shown->id_number = view_text(identity.id_number);
    shown->address = view_text(identity.address);
    shown->contact_person = view_text(identity.contact_person);
    shown->wants_confidentiality = identity.wants_confidentiality;
    show_phones(view, &identity, shown);
    answer->citizen = shown;
}

/* assignment ---------------------------------------------------------------------------------- */

static void show_informed(struct view *view, Hotline__V1__Assignment *shown)
{
    const struct assignment *assignment = &view->order->assignment;

    if (assignment->n_informed == 0)
        return;
    shown->informed_units = ARENA_ARRAY(view->arena, char *, assignment->n_informed);
    for (size_t i = 0; shown->informed_units && i < assignment->n_informed; i++)
        shown->informed_units[shown->n_informed_units++] =
            view_name(view->of->subdistrict, "units", assignment->informed[i], view->arena);
}

static void show_assignment(struct view *view, Hotline__V1__Order *answer)
{
    const struct assignment *assignment = &view->order->assignment;
    const struct words *words;
    const Hotline__V1__DispatchOrderRequest *said;
    Hotline__V1__Assignment *shown;

    if (assignment->number == 0)
        return;
    shown = view_new(view->arena, &hotline__v1__assignment__descriptor);
    if (!shown)
        return;
    words = words_numbered(&view->words, assignment->text);
    said = words_said(words);
    shown->number = assignment->number;
    shown->main_unit =
        view_name(view->of->subdistrict, "units", assignment->main_unit, view->arena);
    show_informed(view, shown);
    shown->mode = (Hotline__V1__DispatchMode)assignment->mode;
    shown->limit_class = (Hotline__V1__LimitClass)assignment->limit;
    shown->delivered_time = show_time(view, assignment->delivered_ms);
    shown->taken_time = show_time(view, assignment->taken_ms);
    shown->dispatched_by = show_recorded_by(view, words);
    shown->taken_by = show_actor(view, &assignment->taken_by);
    if (view_shows(view, PART_TEXTS) && said &&
        said->mode_case == HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY) {
        shown->legal_basis = said->statutory->legal_basis;
        shown->limit_class_reason = said->statutory->limit_class_reason;
    }
    answer->assignment = shown;
}

/* clocks -------------------------------------------------------------------------------------- */

static void show_clocks(struct view *view, Hotline__V1__Order *answer)
{
    answer->clocks = ARENA_ARRAY(view->arena, Hotline__V1__Clock *, CLOCK_MAX);
    for (int kind = 1; answer->clocks && kind < CLOCK_MAX; kind++) {
        Hotline__V1__Clock *clock = view_clock(view->of, (enum clock_kind)kind, view->arena);

        if (clock)
            answer->clocks[answer->n_clocks++] = clock;
    }
}

/* closing ------------------------------------------------------------------------------------- */

/* What the district was told; nothing said = the text of the accepted reply. */
static char *submitted_text(struct view *view, const Hotline__V1__SubmitClosingRequest *said)
{
    size_t last = view->order->n_replies;
    const Hotline__V1__SubmitReplyRequest *reply;

    if (said && said->text[0])
        return said->text;
    reply =
        last ? words_said(words_numbered(&view->words, view->order->replies[last - 1].text)) : NULL;
    return view_text(reply ? reply->result_text : NULL);
}

static void show_closing(struct view *view, Hotline__V1__Order *answer)
{
    const struct order *order = view->order;
    const struct words *submitted = words_newest(&view->words, COMMAND_SUBMIT_CLOSING);
    const struct words *recorded = words_newest(&view->words, COMMAND_RECORD_CLOSING);
    const Hotline__V1__RecordClosingRequest *registered = words_said(recorded);
    Hotline__V1__Closing *shown;

    if (!order->submitted_ms)
        return;
    shown = view_new(view->arena, &hotline__v1__closing__descriptor);
    if (!shown)
        return;
    shown->submitted_time = show_time(view, order->submitted_ms);
    shown->submitted_by = show_recorded_by(view, submitted);
    shown->registration_number = view_text(order->closing_number);
    shown->recorded_time = show_time(view, order->closed_ms);
    if (registered)
        shown->registration_time = registered->registration_time;
    if (view_shows(view, PART_TEXTS)) {
        shown->submitted_text = submitted_text(view, words_said(submitted));
        shown->note = view_text(registered ? registered->note : NULL);
    }
    answer->closing = shown;
}

/* the order ----------------------------------------------------------------------------------- */

static void show_head(const struct view *view, Hotline__V1__Order *shown)
{
    const struct order *order = view->order;

    shown->name = view_name(view->of->subdistrict, "orders", order->id, view->arena);
    shown->etag = view_number("v", order->version, view->arena);
    shown->state = (Hotline__V1__OrderState)order->state;
    shown->coarse_status = (Hotline__V1__CoarseStatus)states[order->state].shown_as;
    shown->view = view->of->full ? HOTLINE__V1__ORDER_VIEW__ORDER_VIEW_FULL
                                 : HOTLINE__V1__ORDER_VIEW__ORDER_VIEW_BASIC;
    shown->update_time = show_time(view, order->last_event_ms);
    shown->event_count = order->events;
}

static void show_long_parts(struct view *view, Hotline__V1__Order *shown)
{
    if (view_shows(view, PART_CONTACTS))
        show_contacts(view, shown);
    if (view_shows(view, PART_PROGRESS))
        show_progress_notes(view, shown);
    if (view_shows(view, PART_REPLIES))
        show_replies(view, shown);
    if (view_shows(view, PART_VISITS))
        show_visits(view, shown);
}

Hotline__V1__Order *view_order(const struct order_view *of, struct arena *a)
{
    struct view view = { .of = of, .order = of->order, .arena = a };
    Hotline__V1__Order *shown = view_new(a, &hotline__v1__order__descriptor);
    const Hotline__V1__ReceiveOrderRequest *received;

    view.parts = order_parts(of->relation) & ~(of->full ? 0 : (uint32_t)PARTS_LONG);
    if (shown && view_shows(&view, PART_FACTS)) {
        words_list_init(&view.words, of->texts, of->n_texts, a);
        received = words_said(words_intake(&view.words));
        show_head(&view, shown);
        show_intake(&view, received, shown);
        show_text(&view, received, shown);
        show_place(&view, received, shown);
        show_citizen(&view, shown);
        show_assignment(&view, shown);
        show_clocks(&view, shown);
        show_first_contact(&view, shown);
        show_long_parts(&view, shown);
        show_closing(&view, shown);
    }
    return a->failed ? NULL : shown;
}
