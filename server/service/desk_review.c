/*
 * desk_review.c - the review desk: is the reply reasonable, and the way to the district's closing
 * (article 10).
 */
#include "service/desks.h"

#include "hotline/v1/review.pb-c.h"
#include "service/view_base.h"

#include "base/base.h"

static const struct refusal *ask_accept_reply(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct command *command)
{
    (void)errand;
    (void)request; /* says which order; what the reviewer writes is kept as words */
    *command = (struct command){ .kind = COMMAND_ACCEPT_REPLY };
    return NULL;
}

static const struct refusal *ask_reject_reply(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct command *command)
{
    const Hotline__V1__RejectReplyRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };
    uint32_t named = 0;

    *command = (struct command){ .kind = COMMAND_REJECT_REPLY };
    for (size_t i = 0; i < ask->n_reasons; i++) {
        if (named & 1u << ask->reasons[i])
            wrong_entry(&wrong, "reasons", i, "理由重复", "the reason is named twice");
        else if (command->reject.n_reasons == REASONS_MAX)
            wrong_entry(&wrong, "reasons", i, "理由过多", "too many reasons");
        else
            command->reject.reasons[command->reject.n_reasons++] = ask->reasons[i];
        named |= 1u << ask->reasons[i];
    }
    return wrong.refusal;
}

static const struct refusal *ask_submit_closing(struct errand *errand,
                                                const ProtobufCMessage *request,
                                                struct command *command)
{
    (void)errand;
    (void)request; /* as ask_accept_reply */
    *command = (struct command){ .kind = COMMAND_SUBMIT_CLOSING };
    return NULL;
}

static const struct refusal *ask_record_closing(struct errand *errand,
                                                const ProtobufCMessage *request,
                                                struct command *command)
{
    const Hotline__V1__RecordClosingRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_RECORD_CLOSING };
    TAKE_TEXT(&wrong, "registration_number", ask->registration_number, command->closing.number);
    command->closing.at_ms =
        take_past(&wrong, "registration_time", ask->registration_time, DISTRICT_SKEW_MS);
    return wrong.refusal;
}

/* clang-format off */
static const struct rpc_method review_desk[] = {
    /*            method           what is asked        of this order  who may ask  kept */
    ORDER_COMMAND("AcceptReply",   ask_accept_reply,    NULL,          MAY_REVIEW,  WORDS),
    ORDER_COMMAND("RejectReply",   ask_reject_reply,    NULL,          MAY_REVIEW,  WORDS),
    ORDER_COMMAND("SubmitClosing", ask_submit_closing,  NULL,          MAY_SUBMIT,  WORDS),
    ORDER_COMMAND("RecordClosing", ask_record_closing,  NULL,          MAY_CLOSE,   WORDS),
};
/* clang-format on */

const struct rpc_service desk_review = DESK(hotline__v1__review_service__descriptor, review_desk);
