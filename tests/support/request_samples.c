/* request_samples.c - see request_samples.h. */
#include "tests/support/request_samples.h"

#include <api_descriptor_set.h>
#include <hotline/test/v1/manual_clock.pb-c.h>
#include <hotline/v1/calendar.pb-c.h>
#include <hotline/v1/deadline.pb-c.h>
#include <hotline/v1/directory.pb-c.h>
#include <hotline/v1/dispatch.pb-c.h>
#include <hotline/v1/handling.pb-c.h>
#include <hotline/v1/order_service.pb-c.h>
#include <hotline/v1/return_visit.pb-c.h>
#include <hotline/v1/review.pb-c.h>
#include <stdio.h>

#include "base/arena.h"
#include "service/field_rules.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20 };

/* clang-format off */
const ProtobufCServiceDescriptor *const sample_services[] = {
    &hotline__v1__intake_service__descriptor,   &hotline__v1__dispatch_service__descriptor,
    &hotline__v1__handling_service__descriptor, &hotline__v1__review_service__descriptor,
    &hotline__v1__return_visit_service__descriptor, &hotline__v1__order_service__descriptor,
    &hotline__v1__deadline_service__descriptor, &hotline__v1__calendar_service__descriptor,
    &hotline__v1__directory_service__descriptor,
    &hotline__test__v1__manual_clock_service__descriptor, NULL,
};
/* clang-format on */

struct slice sample_descriptor_set(void)
{
    return slice_of(api_descriptor_set, api_descriptor_set_size);
}

struct field_rules *sample_field_rules(void)
{
    struct field_rules *rules = NULL;
    const char *why = "no memory";
    struct arena a;

    arena_init(&a, ARENA_BYTES_MAX);
    if (field_rules_create(sample_descriptor_set(), sample_services, &a, &rules, &why) < 0)
        (void)fprintf(stderr, "%s\n", why);
    must(rules);
    arena_release(&a);
    return rules;
}

void sample_delivery(struct delivery *d)
{
    memset(d, 0, sizeof(*d));
    hotline__v1__receive_order_request__init(&d->request);
    google__protobuf__timestamp__init(&d->received);
    hotline__v1__order_text__init(&d->text);
    hotline__v1__place__init(&d->place);
    hotline__v1__citizen__init(&d->citizen);
    for (size_t i = 0; i < COUNT_OF(d->phones); i++) {
        hotline__v1__citizen_phone__init(&d->phones[i]);
        d->phones[i].number = sample_text("13800000001");
        d->phone_list[i] = &d->phones[i];
    }
    for (size_t i = 0; i < COUNT_OF(d->related); i++)
        d->related[i] = sample_text("QXJ20260001");
    memset(d->long_text, 'x', sizeof(d->long_text) - 1);
    d->received.seconds = 1773619200;
    d->text.title = sample_text("楼道堆物");
    d->text.content = sample_text("三楼楼道长期堆放杂物，影响通行。");
    d->place.address = sample_text("友谊路街道友谊路1号");
    d->place.residential_area = sample_text("subdistricts/310113003/units/J01");
    d->citizen.kind = HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_NATURAL_PERSON;
    d->citizen.name = sample_text("陈某芳");
    d->citizen.id_number = sample_text("310113199001011234");
    d->citizen.address = sample_text("宝山区友谊路街道某小区1号302室");
    d->citizen.phones = d->phone_list;
    d->citizen.n_phones = 2;
    d->request.parent = sample_text("subdistricts/310113003");
    d->request.request_id = sample_text("0190b6a0-7B5C-4d1e-9f00-0123456789ab");
    d->request.district_number = sample_text("BS20260316001");
    d->request.channel = HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_PHONE;
    d->request.category = HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_COMPLAINT;
    d->request.received_time = &d->received;
    d->request.text = &d->text;
    d->request.place = &d->place;
    d->request.citizen = &d->citizen;
    d->request.related_district_numbers = d->related;
    d->request.n_related_district_numbers = 20;
}
