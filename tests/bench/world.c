/* world.c - requests are built with protobuf-c, exactly as a client would. */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hotline/v1/directory.pb-c.h"
#include "hotline/v1/dispatch.pb-c.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/intake.pb-c.h"
#include "hotline/v1/order_service.pb-c.h"

#include "base/base.h"

#define PARENT "subdistricts/310113003"

enum { TEXT_BYTES = 1200, PATH_BYTES = 512, SETUP_OUTSTANDING = 64 };

/* A UUID that differs for every (seed, kind, number). */
static void request_id(char id[40], uint64_t seed, unsigned int kind, uint64_t number)
{
    (void)snprintf(id, 40, "%08x-%04x-4%03x-8000-%012llx", (unsigned int)seed, kind & 0xffff,
                   (unsigned int)(seed >> 32) & 0xfff, (unsigned long long)number);
}

static size_t pack(const ProtobufCMessage *message, uint8_t *buffer, size_t buffer_bytes)
{
    must(protobuf_c_message_get_packed_size(message) <= buffer_bytes);
    return protobuf_c_message_pack(message, buffer);
}

struct load_client *world_caller(const struct world *world, const char *certificate,
                                 const char *person, int connections)
{
    char pem[PATH_BYTES], key[PATH_BYTES];
    struct load_target target = world->target;
    struct load_client *client = NULL;

    (void)snprintf(pem, sizeof(pem), "%s/%s.pem", world->certificates, certificate);
    (void)snprintf(key, sizeof(key), "%s/%s.key", world->certificates, certificate);
    target.certificate_path = pem;
    target.key_path = key;
    target.person = person;
    target.connections = connections;
    must(load_client_create(&target, &client) == 0);
    return client;
}

/* directory ----------------------------------------------------------------------------------- */

static const struct {
    const char *id, *unit;
    Hotline__V1__Role role;
} people[] = {
    { "c1", "", HOTLINE__V1__ROLE__ROLE_OFFICE_CLERK },
    { "s1", PARENT "/units/U001", HOTLINE__V1__ROLE__ROLE_SPECIALIST },
};

static size_t request_unit(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world *world = user;
    char id[40];
    Hotline__V1__Unit unit = HOTLINE__V1__UNIT__INIT;
    Hotline__V1__PutUnitRequest ask = HOTLINE__V1__PUT_UNIT_REQUEST__INIT;

    request_id(id, world->seed, 1, number);
    unit.display_name = (char *)"城管中队";
    unit.kind = HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT;
    ask.name = (char *)PARENT "/units/U001";
    ask.request_id = id;
    ask.unit = &unit;
    return pack(&ask.base, buffer, bytes);
}

static size_t request_staff(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world *world = user;
    char id[40], name[80];
    Hotline__V1__StaffMember member = HOTLINE__V1__STAFF_MEMBER__INIT;
    Hotline__V1__PutStaffMemberRequest ask = HOTLINE__V1__PUT_STAFF_MEMBER_REQUEST__INIT;

    request_id(id, world->seed, 2, number);
    (void)snprintf(name, sizeof(name), PARENT "/staff/%s", people[number].id);
    member.display_name = (char *)people[number].id;
    ask.name = name;
    ask.request_id = id;
    ask.staff_member = &member;
    return pack(&ask.base, buffer, bytes);
}

static size_t request_appointment(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world *world = user;
    char id[40], name[80], staff[80];
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__Appointment appointment = HOTLINE__V1__APPOINTMENT__INIT;
    Hotline__V1__PutAppointmentRequest ask = HOTLINE__V1__PUT_APPOINTMENT_REQUEST__INIT;

    request_id(id, world->seed, 3, number);
    (void)snprintf(name, sizeof(name), PARENT "/appointments/a-%s", people[number].id);
    (void)snprintf(staff, sizeof(staff), PARENT "/staff/%s", people[number].id);
    from.seconds = 1577808000;
    appointment.staff = staff;
    appointment.role = people[number].role;
    appointment.unit = (char *)people[number].unit;
    appointment.valid_from_time = &from;
    ask.name = name;
    ask.request_id = id;
    ask.appointment = &appointment;
    return pack(&ask.base, buffer, bytes);
}

static int run_setup(struct load_client *client, const char *method,
                     size_t (*request)(void *, uint64_t, uint8_t *, size_t),
                     void (*response)(void *, uint64_t, const uint8_t *, size_t), void *user,
                     uint64_t calls, int outstanding)
{
    const struct load_call call = {
        .method = method,
        .request = request,
        .response = response,
        .user = user,
    };
    const struct load_plan plan = { .calls = calls, .outstanding = outstanding };
    struct load_result result;
    int r = load_run(client, &call, &plan, &result);

    if (r < 0)
        fprintf(stderr, "bench: %s: %llu of %llu failed: %s\n", method,
                (unsigned long long)result.failed, (unsigned long long)result.calls,
                result.first_failure);
    return r;
}

int world_found(struct world *world)
{
    struct load_client *admin = world_caller(world, "admin", NULL, 1);
    int r;

    world->seed = (uint64_t)system_time_ms();
    r = run_setup(admin, "/hotline.v1.DirectoryService/PutUnit", request_unit, NULL, world, 1, 1);
    if (r == 0)
        r = run_setup(admin, "/hotline.v1.DirectoryService/PutStaffMember", request_staff, NULL,
                      world, COUNT_OF(people), 1);
    if (r == 0)
        r = run_setup(admin, "/hotline.v1.DirectoryService/PutAppointment", request_appointment,
                      NULL, world, COUNT_OF(people), 1);
    load_client_free(admin);
    return r;
}

/* orders -------------------------------------------------------------------------------------- */

static size_t request_receive(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world_range *range = user;
    const struct world *world = range->world;
    char id[40], district[48], text[TEXT_BYTES + 1], phone_text[16];
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__OrderText words = HOTLINE__V1__ORDER_TEXT__INIT;
    Hotline__V1__Place place = HOTLINE__V1__PLACE__INIT;
    Hotline__V1__CitizenPhone phone = HOTLINE__V1__CITIZEN_PHONE__INIT, *phones[] = { &phone };
    Hotline__V1__Citizen citizen = HOTLINE__V1__CITIZEN__INIT;
    Hotline__V1__ReceiveOrderRequest ask = HOTLINE__V1__RECEIVE_ORDER_REQUEST__INIT;

    for (int i = 0; i < TEXT_BYTES; i += 3)
        memcpy(text + i, "路", 3);
    text[TEXT_BYTES] = 0;
    request_id(id, world->seed, 4, range->first + number);
    (void)snprintf(district, sizeof(district), "BENCH%llx-%llu", (unsigned long long)world->seed,
                   (unsigned long long)(range->first + number));
    (void)snprintf(phone_text, sizeof(phone_text), "138%08llu",
                   (unsigned long long)(range->first + number) % 100000000);
    at.seconds = world->now_s ? world->now_s : system_time_ms() / 1000;
    words.title = (char *)"路灯不亮";
    words.content = text;
    place.address = (char *)"友谊路示例弄12号302室";
    phone.number = phone_text;
    citizen.kind = HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_NATURAL_PERSON;
    citizen.name = (char *)"陈某芳";
    citizen.phones = phones;
    citizen.n_phones = 1;
    ask.parent = (char *)PARENT;
    ask.request_id = id;
    ask.district_number = district;
    ask.channel = HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_PHONE;
    ask.category = HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_COMPLAINT;
    ask.received_time = &at;
    ask.text = &words;
    ask.place = &place;
    ask.citizen = &citizen;
    return pack(&ask.base, buffer, bytes);
}

static void response_receive(void *user, uint64_t number, const uint8_t *bytes, size_t size)
{
    const struct world_range *range = user;
    Hotline__V1__ReceiveOrderResponse *answer =
        hotline__v1__receive_order_response__unpack(NULL, size, bytes);

    must(answer && answer->order);
    (void)snprintf(range->world->orders[range->first + number], 80, "%s", answer->order->name);
    hotline__v1__receive_order_response__free_unpacked(answer, NULL);
}

static size_t request_accept(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world_range *range = user;
    char id[40];
    Hotline__V1__Matter matter = HOTLINE__V1__MATTER__INIT;
    Hotline__V1__AcceptOrderRequest ask = HOTLINE__V1__ACCEPT_ORDER_REQUEST__INIT;

    request_id(id, range->world->seed, 5, range->first + number);
    matter.code = (char *)"010101";
    ask.name = range->world->orders[range->first + number];
    ask.request_id = id;
    ask.category = HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_COMPLAINT;
    ask.matter = &matter;
    return pack(&ask.base, buffer, bytes);
}

static size_t request_dispatch(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world_range *range = user;
    char id[40];
    Hotline__V1__StatutoryDispatch statutory = HOTLINE__V1__STATUTORY_DISPATCH__INIT;
    Hotline__V1__DispatchOrderRequest ask = HOTLINE__V1__DISPATCH_ORDER_REQUEST__INIT;

    request_id(id, range->world->seed, 6, range->first + number);
    statutory.main_unit = (char *)PARENT "/units/U001";
    statutory.legal_basis = (char *)"职责清单第3条";
    statutory.limit_class = HOTLINE__V1__LIMIT_CLASS__LIMIT_CLASS_FIVE_DAYS;
    ask.name = range->world->orders[range->first + number];
    ask.request_id = id;
    ask.mode_case = HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY;
    ask.statutory = &statutory;
    return pack(&ask.base, buffer, bytes);
}

int world_orders(struct world *world, uint64_t count)
{
    struct world_range range = { .world = world, .first = world->n_orders, .count = count };
    struct load_client *district = world_caller(world, "district", NULL, 4);
    struct load_client *clerk = world_caller(world, "backend", "c1", 4);
    int r;

    world->orders = realloc(world->orders, (world->n_orders + count) * sizeof(*world->orders));
    must(world->orders);
    r = run_setup(district, "/hotline.v1.IntakeService/ReceiveOrder", request_receive,
                  response_receive, &range, count, SETUP_OUTSTANDING);
    if (r == 0)
        r = run_setup(clerk, "/hotline.v1.IntakeService/AcceptOrder", request_accept, NULL, &range,
                      count, SETUP_OUTSTANDING);
    if (r == 0)
        r = run_setup(clerk, "/hotline.v1.DispatchService/DispatchOrder", request_dispatch, NULL,
                      &range, count, SETUP_OUTSTANDING);
    load_client_free(district);
    load_client_free(clerk);
    if (r == 0)
        world->n_orders += count;
    return r;
}

void world_release(struct world *world)
{
    free(world->orders);
    world->orders = NULL;
    world->n_orders = 0;
}

/* what is measured ---------------------------------------------------------------------------- */

size_t request_take(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world_range *range = user;
    char id[40];
    Hotline__V1__TakeOrderRequest ask = HOTLINE__V1__TAKE_ORDER_REQUEST__INIT;

    request_id(id, range->world->seed, 7, range->first + number);
    ask.name = range->world->orders[range->first + number % range->count];
    ask.request_id = id;
    return pack(&ask.base, buffer, bytes);
}

size_t request_get(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    const struct world_range *range = user;
    Hotline__V1__GetOrderRequest ask = HOTLINE__V1__GET_ORDER_REQUEST__INIT;

    ask.name = range->world->orders[range->first + number * 7919 % range->count];
    return pack(&ask.base, buffer, bytes);
}

size_t request_list(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    static Hotline__V1__OrderState states[] = {
        HOTLINE__V1__ORDER_STATE__ORDER_STATE_DISPATCHED,
        HOTLINE__V1__ORDER_STATE__ORDER_STATE_HANDLING,
    };
    Hotline__V1__OrderFilter filter = HOTLINE__V1__ORDER_FILTER__INIT;
    Hotline__V1__ListOrdersRequest ask = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;

    (void)user;
    filter.n_states = 1;
    filter.states = &states[number % COUNT_OF(states)];
    ask.parent = (char *)PARENT;
    ask.filter = &filter;
    ask.page_size = 50;
    return pack(&ask.base, buffer, bytes);
}
