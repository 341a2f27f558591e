/* calls.c - the typed functions and hotline_methods[], both made from the rows of hotline_calls.h;
 * and Health.Check, the one call that is not of our own contract. */
#include <string.h>

#include <grpc/health/v1/health.pb-c.h>

#include "libhotline/internal.h"

#include "base/base.h"

#define METHOD_OF(snake, package, name_, Service, Method, stream_)                                 \
    { .name = #Method,                                                                             \
      .path = "/" package "." #Service "/" #Method,                                                \
      .request = &snake##__##name_##_request__descriptor,                                          \
      .answer = &snake##__##name_##_response__descriptor,                                          \
      .stream = stream_ },
#define METHOD_V1(name, Service, Method)                                                           \
    METHOD_OF(hotline__v1, "hotline.v1", name, Service, Method, false)
#define STREAM_V1(name, Service, Method)                                                           \
    METHOD_OF(hotline__v1, "hotline.v1", name, Service, Method, true)
#define METHOD_TEST(name, Service, Method)                                                         \
    METHOD_OF(hotline__test__v1, "hotline.test.v1", name, Service, Method, false)

/* clang-format off */
static const struct hotline_method methods[] = {
    HOTLINE_CALLS(METHOD_V1, METHOD_TEST)
    HOTLINE_STREAMS(STREAM_V1)
};

/* Place of each row in methods[]. */
#define PLACE(name, Service, Method) PLACE_##name,
enum {
    HOTLINE_CALLS(PLACE, PLACE)
    HOTLINE_STREAMS(PLACE)
};
/* clang-format on */

size_t hotline_methods(const struct hotline_method **ret_methods)
{
    *ret_methods = methods;
    return COUNT_OF(methods);
}

const struct hotline_method *hotline_method_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

#define DEFINE(name, Package, Method)                                                              \
    int hotline_##name(struct hotline *h, const Package##__##Method##Request *ask,                 \
                       Package##__##Method##Response **ret_answer, struct hotline_error *error)    \
    {                                                                                              \
        ProtobufCMessage *answer = NULL;                                                           \
        int r = hotline_call(h, &methods[PLACE_##name], &ask->base, &answer, error);               \
                                                                                                   \
        if (r == 0)                                                                                \
            *ret_answer = (Package##__##Method##Response *)answer;                                 \
        return r;                                                                                  \
    }
#define DEFINE_V1(name, Service, Method) DEFINE(name, Hotline__V1, Method)
#define DEFINE_TEST(name, Service, Method) DEFINE(name, Hotline__Test__V1, Method)

HOTLINE_CALLS(DEFINE_V1, DEFINE_TEST)

int hotline_check_health(struct hotline *h, const char *service, bool *ret_serving,
                         struct hotline_error *error)
{
    static const struct hotline_method check = {
        .name = "Check",
        .path = "/grpc.health.v1.Health/Check",
        .request = &grpc__health__v1__health_check_request__descriptor,
        .answer = &grpc__health__v1__health_check_response__descriptor,
    };
    Grpc__Health__V1__HealthCheckRequest ask = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    ProtobufCMessage *answer = NULL;
    int r;

    ask.service = (char *)(uintptr_t)service;
    r = hotline_call(h, &check, &ask.base, &answer, error);
    if (r == 0)
        *ret_serving = ((const Grpc__Health__V1__HealthCheckResponse *)answer)->status ==
                       GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    hotline_message_free(answer);
    return r;
}
