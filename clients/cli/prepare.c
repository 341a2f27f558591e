/* prepare.c - what a clerk need not type because it follows from the order or the rest. */
#include <string.h>

#include "cli/json.h"
#include "cli/request.h"
#include "cli/special.h"

#include "base/base.h"

/* The office mostly confirms how the district classified the order. */
int prepare_accept(struct session *session, json_t *body)
{
    const ProtobufCMessageDescriptor *type = &hotline__v1__accept_order_request__descriptor;
    Hotline__V1__GetOrderRequest ask = HOTLINE__V1__GET_ORDER_REQUEST__INIT;
    Hotline__V1__GetOrderResponse *answer = NULL;
    const Hotline__V1__Intake *intake;
    struct hotline *h;
    int r;

    if (body_get(body, type, "category") && body_get(body, type, "matter"))
        return 0;
    ask.name = (char *)(uintptr_t)json_string_value(body_get(body, type, "name"));
    r = session_link(session, CERTIFICATE_BACKEND, &h);
    if (r == 0)
        r = hotline_get_order(h, &ask, &answer, &session->error);
    if (r < 0) {
        session_failed(session, r);
        return r;
    }
    intake = answer->order->intake;
    if (intake && !body_get(body, type, "category"))
        body_put(body, type, "category", json_integer(intake->category));
    if (intake && intake->matter && !body_get(body, type, "matter"))
        body_put(body, type, "matter", json_of_message(&intake->matter->base));
    hotline_message_free(answer);
    return 0;
}

static int prepare_line(json_t *body, const ProtobufCMessageDescriptor *type)
{
    const ProtobufCEnumDescriptor *channels = &hotline__v1__contact_channel__descriptor;
    const char *name = json_string_value(body_get(body, type, "channel"));
    const ProtobufCEnumValue *channel = name ? enum_value_of(channels, name) : NULL;
    const char *result = field_at(type, "result") && !json_is_object(body_get(body, type, "result"))
                             ? json_string_value(body_get(body, type, "result"))
                             : NULL;

    if (channel && !body_get(body, type, "contact_line") &&
        (channel->value == HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE ||
         channel->value == HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_SMS) &&
        !(result && strcasecmp(result, "waived") == 0))
        body_put(body, type, "contact_line", json_string("FIRST"));
    return 0;
}

int prepare_contact(struct session *session, json_t *body)
{
    (void)session;
    return prepare_line(body, &hotline__v1__record_contact_request__descriptor);
}

int prepare_attempt(struct session *session, json_t *body)
{
    (void)session;
    return prepare_line(body, &hotline__v1__record_visit_attempt_request__descriptor);
}

int prepare_visit(struct session *session, json_t *body)
{
    (void)session;
    return prepare_line(body, &hotline__v1__record_visit_request__descriptor);
}
