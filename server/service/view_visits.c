/*
 * view_visits.c - return visits (article 11): attempts that reached nobody, and what the citizen
 * said when reached, put together to visits.
 *
 * The fact record holds attempts and visits in one row, as they happened. A visit of the API is a
 * run of them that ends with an outcome.
 */
#include "service/view_parts.h"

#include "base/arena.h"
#include "hotline/v1/return_visit.pb-c.h"
#include "service/view_base.h"

#include "base/base.h"

static bool visit_reached(const struct visit *visit)
{
    return visit->result == CONTACT_RESULT_REACHED;
}

static Hotline__V1__VisitAttempt *show_attempt(struct view *view, const struct visit *visit)
{
    const struct words *words = words_numbered(&view->words, visit->text);
    const Hotline__V1__RecordVisitAttemptRequest *said = words_said(words);
    Hotline__V1__VisitAttempt *shown =
        view_new(view->arena, &hotline__v1__visit_attempt__descriptor);

    if (!shown)
        return NULL;
    shown->attempt_time = show_time(view, visit->at_ms);
    shown->channel = (Hotline__V1__ContactChannel)visit->channel;
    shown->result = (Hotline__V1__ContactResult)visit->result;
    shown->counted = true; /* one too soon after another is refused, not recorded */
    shown->recorded_time = show_recorded_time(view, words);
    shown->actor = show_actor(view, &visit->by);
    if (said && words->record.command == COMMAND_RECORD_VISIT_ATTEMPT) {
        shown->contact_line = said->contact_line;
        shown->note = said->note;
    }
    return shown;
}

/* The indicators as facts, for a visit whose words are gone. */
static void show_indicator_facts(struct view *view, const struct visit *visit,
                                 Hotline__V1__Visit *shown)
{
    shown->contact = view_new(view->arena, &hotline__v1__contact_indicator__descriptor);
    shown->result = view_new(view->arena, &hotline__v1__result_indicator__descriptor);
    shown->satisfaction = view_new(view->arena, &hotline__v1__satisfaction_indicator__descriptor);
    if (!shown->contact || !shown->result || !shown->satisfaction)
        return;
    shown->contact->unit_made_contact = (Hotline__V1__VisitAnswer)visit->contacted;
    shown->result->process_and_result_told = (Hotline__V1__VisitAnswer)visit->informed;
    shown->result->actually_solved = (Hotline__V1__VisitAnswer)visit->solved;
    shown->result->unsolved_explained = (Hotline__V1__VisitAnswer)visit->explained;
    shown->satisfaction->attitude = (Hotline__V1__Satisfaction)visit->attitude;
    shown->satisfaction->handling = (Hotline__V1__Satisfaction)visit->handling;
    shown->satisfaction->understanding_sought = (Hotline__V1__VisitAnswer)visit->understanding;
    shown->satisfaction->bad_attitude = visit->bad_attitude
                                            ? HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES
                                            : HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NO;
}

static void show_visit_words(const Hotline__V1__RecordVisitRequest *said, Hotline__V1__Visit *shown)
{
    shown->contact_line = said->contact_line;
    shown->contact = shown_as_said((ProtobufCMessage *)said->contact);
    shown->result = shown_as_said((ProtobufCMessage *)said->result);
    shown->satisfaction = shown_as_said((ProtobufCMessage *)said->satisfaction);
    shown->n_dissatisfaction_reasons = said->n_dissatisfaction_reasons;
    shown->dissatisfaction_reasons = said->dissatisfaction_reasons;
    shown->text = said->text;
    shown->script_version = said->script_version;
    shown->recording_reference = said->recording_reference;
}

static void show_reached(struct view *view, const struct visit *visit, const struct words *words,
                         Hotline__V1__Visit *shown)
{
    const void *said = words_said(words);

    shown->visit_time = show_time(view, visit->at_ms);
    shown->channel = (Hotline__V1__ContactChannel)visit->channel;
    if (said && words->record.command == COMMAND_RECORD_VISIT)
        show_visit_words(said, shown);
    else
        show_indicator_facts(view, visit, shown);
}

static void add_attempt(struct view *view, const struct visit *visit, Hotline__V1__Visit *shown)
{
    Hotline__V1__VisitAttempt *attempt = show_attempt(view, visit);

    if (!attempt)
        return;
    if (!shown->attempts)
        shown->attempts = ARENA_ARRAY(view->arena, Hotline__V1__VisitAttempt *, VISITS_MAX);
    if (!shown->attempts)
        return;
    shown->attempts[shown->n_attempts++] = attempt;
    attempt->number = (uint32_t)shown->n_attempts;
}

/* The outcome, and who recorded it when. */
static void end_visit(struct view *view, const struct visit *visit, const struct words *words,
                      Hotline__V1__Visit *shown)
{
    shown->outcome = (Hotline__V1__VisitOutcome)visit->outcome;
    shown->recorded_time = show_recorded_time(view, words);
    shown->visitor = show_actor(view, &visit->by);
}

static Hotline__V1__Visit *open_visit(struct view *view, Hotline__V1__Order *shown)
{
    Hotline__V1__Visit *visit = view_new(view->arena, &hotline__v1__visit__descriptor);

    if (!visit)
        return NULL;
    shown->visits[shown->n_visits++] = visit;
    visit->number = (uint32_t)shown->n_visits;
    visit->level = HOTLINE__V1__VISIT_LEVEL__VISIT_LEVEL_OFFICE;
    return visit;
}

void show_visits(struct view *view, Hotline__V1__Order *shown)
{
    size_t count = view->order->n_visits;
    Hotline__V1__Visit *open = NULL;

    if (count == 0)
        return;
    shown->visits = ARENA_ARRAY(view->arena, Hotline__V1__Visit *, count);
    for (size_t i = 0; shown->visits && i < count; i++) {
        const struct visit *visit = &view->order->visits[i];
        const struct words *words = words_numbered(&view->words, visit->text);

        if (!open)
            open = open_visit(view, shown);
        if (!open)
            return;
        if (visit_reached(visit))
            show_reached(view, visit, words, open);
        else
            add_attempt(view, visit, open);
        if (visit->outcome == VISIT_OUTCOME_UNSPECIFIED)
            continue;
        end_visit(view, visit, words, open);
        open = NULL;
    }
}
