/*
 * view_parts.c - contacts, progress notes and replies of an order, oldest first.
 *
 * The fact record keeps the newest contacts and replies; their words, and progress notes as a
 * whole, come from the text records. What was erased there (article 16) is shown without words.
 */
#include "service/view_parts.h"

#include "base/arena.h"
#include "domain/civil.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/review.pb-c.h"
#include "service/view_base.h"

#include "base/base.h"

enum { PROGRESS_NOTES_SHOWN_MAX = 200 };

/* shared -------------------------------------------------------------------------------------- */

Hotline__V1__Actor *show_actor(const struct view *view, const struct actor *actor)
{
    return view_actor(view->of->subdistrict, view->of->directory, actor,
                      view->order->assignment.main_unit, view->arena);
}

Google__Protobuf__Timestamp *show_time(const struct view *view, int64_t at_ms)
{
    return view_time(at_ms, view->arena);
}

Google__Protobuf__Timestamp *show_recorded_time(const struct view *view, const struct words *words)
{
    return words ? view_time(words->record.at_ms, view->arena) : NULL;
}

Hotline__V1__Actor *show_recorded_by(const struct view *view, const struct words *words)
{
    return words ? show_actor(view, &words->record.by) : NULL;
}

const void *words_said(const struct words *words)
{
    return words ? words->message : NULL;
}

void *shown_as_said(ProtobufCMessage *said)
{
    if (said)
        said->n_unknown_fields = 0;
    return said;
}

/* contacts ------------------------------------------------------------------------------------ */

/* What ended the duty of first contact; UNSPECIFIED when this contact did not. A unit ends it only
 * by reaching the citizen; its failed attempts are facts, no discharge (A4). The rules refuse
 * attempts that come too soon, so each one the office recorded counts. */
static Hotline__V1__FirstContactOutcome contact_ends_duty(const struct contact *contact,
                                                          uint32_t attempts, int32_t attempts_max)
{
    if (contact->result == CONTACT_RESULT_REACHED)
        return HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_REACHED;
    if (contact->by_unit)
        return HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_UNSPECIFIED;
    if (contact->result == CONTACT_RESULT_REFUSED || contact->result == CONTACT_RESULT_WAIVED)
        return HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_WAIVED;
    if (attempts >= (uint32_t)attempts_max)
        return HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_NOT_REACHED;
    return HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_UNSPECIFIED;
}

/* How the duty ended and how many contacts counted towards it, up to the one that ended it.
 * ret_counted[i] says so for each contact. */
static Hotline__V1__FirstContactOutcome count_attempts(const struct view *view,
                                                       bool ret_counted[CONTACTS_MAX],
                                                       uint32_t *ret_attempts)
{
    Hotline__V1__FirstContactOutcome outcome = 0;
    uint32_t attempts = 0;

    for (size_t i = 0; i < view->order->n_contacts; i++) {
        const struct contact *contact = &view->order->contacts[i];
        bool owed = outcome == 0;

        ret_counted[i] = owed && (!contact->by_unit || contact->result == CONTACT_RESULT_REACHED);
        attempts += ret_counted[i];
        if (owed)
            outcome = contact_ends_duty(contact, attempts, view->of->rules->contact_attempts);
    }
    *ret_attempts = attempts;
    return outcome;
}

void show_first_contact(struct view *view, Hotline__V1__Order *shown)
{
    const struct clock *clock = &view->order->clocks[CLOCK_CONTACT];
    Hotline__V1__FirstContact *duty =
        view_new(view->arena, &hotline__v1__first_contact__descriptor);
    Hotline__V1__FirstContactOutcome outcome;
    bool counted[CONTACTS_MAX];

    if (!duty)
        return;
    outcome = count_attempts(view, counted, &duty->attempt_count);
    if (clock->status == CLOCK_STATUS_MET) {
        duty->outcome = outcome;
        duty->met_time = show_time(view, clock->stopped_ms);
    }
    shown->first_contact = duty;
}

static Hotline__V1__Contact *show_contact(struct view *view, const struct contact *contact)
{
    const struct words *words = words_numbered(&view->words, contact->text);
    const Hotline__V1__RecordContactRequest *said = words_said(words);
    Hotline__V1__Contact *shown = view_new(view->arena, &hotline__v1__contact__descriptor);

    if (!shown)
        return NULL;
    shown->side = contact->by_unit ? HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_UNIT
                                   : HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_OFFICE;
    shown->number = words_ordinal(&view->words, COMMAND_RECORD_CONTACT, contact->text);
    shown->channel = (Hotline__V1__ContactChannel)contact->channel;
    shown->contact_line = (Hotline__V1__ContactLine)contact->line;
    shown->result = (Hotline__V1__ContactResult)contact->result;
    shown->contact_time = show_time(view, contact->at_ms);
    shown->recorded_time = show_recorded_time(view, words);
    shown->actor = show_actor(view, &contact->by);
    if (!said)
        return shown;
    shown->summary = said->summary;
    shown->clarified_demand = said->clarified_demand;
    shown->waiver_source = said->waiver_source;
    return shown;
}

void show_contacts(struct view *view, Hotline__V1__Order *shown)
{
    size_t count = view->order->n_contacts;
    bool counted[CONTACTS_MAX];
    uint32_t attempts;

    if (count == 0)
        return;
    shown->contacts = ARENA_ARRAY(view->arena, Hotline__V1__Contact *, count);
    if (!shown->contacts)
        return;
    (void)count_attempts(view, counted, &attempts);
    for (size_t i = 0; i < count; i++) {
        Hotline__V1__Contact *contact = show_contact(view, &view->order->contacts[i]);

        if (!contact)
            return;
        contact->counted = counted[i];
        shown->contacts[shown->n_contacts++] = contact;
    }
}

/* progress notes ------------------------------------------------------------------------------ */

static Hotline__V1__ProgressNote *show_progress_note(struct view *view, const struct words *words,
                                                     uint32_t number)
{
    const Hotline__V1__RecordProgressRequest *said = words_said(words);
    Hotline__V1__ProgressNote *shown =
        view_new(view->arena, &hotline__v1__progress_note__descriptor);

    if (!shown)
        return NULL;
    shown->number = number;
    shown->recorded_time = show_recorded_time(view, words);
    shown->actor = show_recorded_by(view, words);
    if (!said)
        return shown;
    shown->kind = said->kind;
    shown->progress_time = said->progress_time;
    shown->text = said->text;
    shown->participants = said->participants;
    return shown;
}

void show_progress_notes(struct view *view, Hotline__V1__Order *shown)
{
    uint32_t count = words_ordinal(&view->words, COMMAND_RECORD_PROGRESS, UINT32_MAX), number = 0;
    uint32_t skipped = count > PROGRESS_NOTES_SHOWN_MAX ? count - PROGRESS_NOTES_SHOWN_MAX : 0;

    if (count == 0)
        return;
    shown->progress_notes = ARENA_ARRAY(view->arena, Hotline__V1__ProgressNote *, count - skipped);
    for (size_t i = 0; shown->progress_notes && i < view->words.count; i++) {
        const struct text_record *record = &view->words.entries[i].record;
        Hotline__V1__ProgressNote *note;

        if (record->command != COMMAND_RECORD_PROGRESS || ++number <= skipped)
            continue;
        note = show_progress_note(view, words_numbered(&view->words, record->number), number);
        if (!note)
            return;
        shown->progress_notes[shown->n_progress_notes++] = note;
    }
}

/* replies ------------------------------------------------------------------------------------- */

static Hotline__V1__ReplyReview *show_review(struct view *view, const struct reply *reply)
{
    const struct words *words = words_numbered(&view->words, reply->review_text);
    Hotline__V1__ReplyReview *shown = view_new(view->arena, &hotline__v1__reply_review__descriptor);

    if (!shown)
        return NULL;
    shown->reviewer = show_actor(view, &reply->reviewer);
    shown->decision_time = show_time(view, reply->reviewed_ms);
    if (reply->n_reasons)
        shown->reasons = arena_alloc(view->arena, sizeof(*shown->reasons) * reply->n_reasons);
    for (size_t i = 0; shown->reasons && i < reply->n_reasons; i++)
        shown->reasons[shown->n_reasons++] = (Hotline__V1__RejectionReason)reply->reasons[i];
    if (words && words->message && words->record.command == COMMAND_REJECT_REPLY)
        shown->text = ((const Hotline__V1__RejectReplyRequest *)words_said(words))->text;
    if (words && words->message && words->record.command == COMMAND_ACCEPT_REPLY)
        shown->text = ((const Hotline__V1__AcceptReplyRequest *)words_said(words))->text;
    return shown;
}

/* The facts of a reply whose words are gone. */
static void show_reply_facts(struct view *view, const struct reply *reply,
                             Hotline__V1__Reply *shown)
{
    shown->answer = view_new(view->arena, &hotline__v1__citizen_answer__descriptor);
    if (shown->answer) {
        shown->answer->channel = (Hotline__V1__ContactChannel)reply->answer_channel;
        shown->answer->answer_time = show_time(view, reply->answered_ms);
    }
    if (reply->plan_day)
        shown->plan = view_new(view->arena, &hotline__v1__plan__descriptor);
    if (shown->plan)
        shown->plan->plan_date = view_date(reply->plan_day, view->arena);
}

static void show_reply_words(struct view *view, const struct words *words,
                             Hotline__V1__Reply *shown)
{
    const Hotline__V1__SubmitReplyRequest *said = words_said(words);
    struct digest digest;

    shown->answer = shown_as_said((ProtobufCMessage *)said->answer);
    shown->plan = shown_as_said((ProtobufCMessage *)said->plan);
    shown->result_text = said->result_text;
    text_digest(&words->record, &digest);
    shown->digest = view_digest(digest.bytes, view->arena);
}

static Hotline__V1__Reply *show_reply(struct view *view, const struct reply *reply)
{
    const struct words *words = words_numbered(&view->words, reply->text);
    Hotline__V1__Reply *shown = view_new(view->arena, &hotline__v1__reply__descriptor);

    if (!shown)
        return NULL;
    shown->number = reply->number;
    shown->author = show_actor(view, &reply->author);
    shown->submit_time = show_time(view, reply->submitted_ms);
    shown->late = reply->late;
    shown->result_type = (Hotline__V1__ResultType)reply->result;
    shown->handling_basis = (Hotline__V1__HandlingBasis)reply->basis;
    if (words_said(words))
        show_reply_words(view, words, shown);
    else
        show_reply_facts(view, reply, shown);
    if (reply->reviewed_ms == 0) {
        shown->status = HOTLINE__V1__REPLY_STATUS__REPLY_STATUS_UNDER_REVIEW;
        return shown;
    }
    shown->status = reply->accepted ? HOTLINE__V1__REPLY_STATUS__REPLY_STATUS_ACCEPTED
                                    : HOTLINE__V1__REPLY_STATUS__REPLY_STATUS_REJECTED;
    shown->review = show_review(view, reply);
    return shown;
}

void show_replies(struct view *view, Hotline__V1__Order *shown)
{
    size_t count = view->order->n_replies;

    if (count == 0)
        return;
    shown->replies = ARENA_ARRAY(view->arena, Hotline__V1__Reply *, count);
    for (size_t i = 0; shown->replies && i < count; i++) {
        Hotline__V1__Reply *reply = show_reply(view, &view->order->replies[i]);

        if (!reply)
            return;
        shown->replies[shown->n_replies++] = reply;
    }
}
