/* test_desk_directory.c - what may be put into the directory, and what is refused with which field. */
#include "service/directory_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"

#include "base/base.h"

#define HERE "subdistricts/310113003"
#define NOW_MS INT64_C(1783299600000)

enum { ARENA_BYTES_MAX = 8 << 20 };

static struct unit units[] = {
    { .code = "J01", .name = "一居", .kind = UNIT_KIND_RESIDENTIAL_AREA, .version = 1 },
    { .code = "U01", .name = "城管", .kind = UNIT_KIND_DEPARTMENT, .version = 3, .updated_ms = 5 },
    { .code = "U02",
      .name = "房管",
      .kind = UNIT_KIND_DEPARTMENT,
      .successor = "U01",
      .version = 1 },
};
static struct staff_member staff[] = {
    { .id = "chen", .name = "陈", .version = 1 },
    { .id = "lin", .name = "林", .version = 1 },
};
static struct appointment appointments[] = {
    { .id = "a1",
      .staff = "lin",
      .role = ROLE_SPECIALIST,
      .unit = "U01",
      .from_ms = 1000,
      .version = 1 },
};
static struct portfolio portfolios[] = {
    { .id = "p1",
      .leader = "chen",
      .units = { "U01", "U02" },
      .n_units = 2,
      .from_ms = 1000,
      .version = 1 },
};
static const struct directory directory = {
    .version = 9,
    .units = units,
    .n_units = COUNT_OF(units),
    .staff = staff,
    .n_staff = COUNT_OF(staff),
    .appointments = appointments,
    .n_appointments = COUNT_OF(appointments),
    .portfolios = portfolios,
    .n_portfolios = COUNT_OF(portfolios),
};

static struct arena arena;

static struct directory_put put_of(const char *id, const char *etag)
{
    return (struct directory_put){ .directory = &directory,
                                   .subdistrict = "310113003",
                                   .id = id,
                                   .etag = etag,
                                   .now_ms = NOW_MS,
                                   .arena = &arena };
}

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* The refusal has this reason and names exactly these fields, in this order. */
static void assert_refused(const struct refusal *refusal, enum fault_id fault, const char *fields)
{
    char named[512] = "";

    assert_non_null(refusal);
    assert_int_equal(refusal->fault->id, fault);
    for (size_t i = 0; i < refusal->n_fields; i++)
        (void)snprintf(named + strlen(named), sizeof(named) - strlen(named), "%s%s", i ? " " : "",
                       refusal->fields[i].field);
    assert_string_equal(named, fields);
}

static Hotline__V1__Unit said_unit(const char *name, Hotline__V1__UnitKind kind)
{
    Hotline__V1__Unit said = HOTLINE__V1__UNIT__INIT;

    said.display_name = words(name);
    said.kind = kind;
    return said;
}

/* units --------------------------------------------------------------------------------------- */

static void a_new_unit_is_stored_as_it_was_sent(void **state)
{
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT, until = from;
    Hotline__V1__Unit said = said_unit("市容所", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT);
    const struct directory_put put = put_of("U03", "");
    struct unit unit;
    bool changes = false;

    (void)state;
    from.seconds = 100;
    until.seconds = 200;
    until.nanos = 7000000;
    said.valid_from_time = &from;
    said.valid_until_time = &until;
    said.successor_unit = words(HERE "/units/U01");
    said.office_phone = words("021-56110000");
    assert_null(unit_put(&put, &said, &unit, &changes));
    assert_true(changes);
    assert_string_equal(unit.code, "U03");
    assert_string_equal(unit.name, "市容所");
    assert_string_equal(unit.successor, "U01");
    assert_string_equal(unit.office_phone, "021-56110000");
    assert_int_equal(unit.kind, UNIT_KIND_DEPARTMENT);
    assert_int_equal(unit.from_ms, 100000);
    assert_int_equal(unit.until_ms, 200007);
    assert_int_equal(unit.version, 1);
    assert_int_equal(unit.updated_ms, NOW_MS);
}

static void the_same_content_changes_nothing_and_needs_no_etag(void **state)
{
    Hotline__V1__Unit said = said_unit("城管", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT);
    const struct directory_put put = put_of("U01", "");
    struct unit unit;
    bool changes = true;

    (void)state;
    assert_null(unit_put(&put, &said, &unit, &changes));
    assert_false(changes);
    assert_int_equal(unit.version, 3);
    assert_int_equal(unit.updated_ms, 5);
}

static void other_content_needs_the_present_etag(void **state)
{
    static const char *const stale[] = { "", "v2", "v4", "3", "V3" };
    Hotline__V1__Unit said = said_unit("城管中队", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT);
    struct directory_put put = put_of("U01", "v3");
    struct unit unit;
    bool changes = false;

    (void)state;
    assert_null(unit_put(&put, &said, &unit, &changes));
    assert_true(changes);
    assert_int_equal(unit.version, 4);
    for (size_t i = 0; i < COUNT_OF(stale); i++) {
        put.etag = stale[i];
        assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_ETAG_MISMATCH, "etag");
    }
    put = put_of("U09", "v1");
    assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_ETAG_MISMATCH, "etag");
}

static void every_wrong_field_of_a_unit_is_named(void **state)
{
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT, until = from;
    Hotline__V1__Unit said = said_unit("城管", HOTLINE__V1__UNIT_KIND__UNIT_KIND_OFFICE);
    const struct directory_put put = put_of("U01", "v3");
    struct unit unit;
    bool changes;

    (void)state;
    from.seconds = until.seconds = 100;
    said.valid_from_time = &from;
    said.valid_until_time = &until;
    said.successor_unit = words(HERE "/units/U77");
    assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_REQUEST_INVALID,
                   "unit.kind unit.valid_until_time unit.successor_unit");
    said.valid_until_time = NULL;
    said.kind = HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT;
    said.successor_unit = words("subdistricts/310113004/units/U02");
    assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_REQUEST_INVALID,
                   "unit.successor_unit");
}

static void successors_do_not_lead_back(void **state)
{
    /* U02 -> U01; so U01 -> U02 would be a circle, and U01 -> U01 the smallest one. */
    static const char *const circles[] = { HERE "/units/U02", HERE "/units/U01" };
    Hotline__V1__Unit said = said_unit("城管", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT);
    const struct directory_put put = put_of("U01", "v3");
    struct unit unit;
    bool changes;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(circles); i++) {
        said.successor_unit = words(circles[i]);
        assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_REQUEST_INVALID,
                       "unit.successor_unit");
    }
    said.successor_unit = words(HERE "/units/J01");
    assert_null(unit_put(&put, &said, &unit, &changes));
}

static void an_end_at_the_epoch_is_not_taken_for_open(void **state)
{
    Google__Protobuf__Timestamp epoch = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__StaffMember said = HOTLINE__V1__STAFF_MEMBER__INIT;
    const struct directory_put put = put_of("wu", "");
    struct staff_member member;
    bool changes;

    (void)state;
    said.display_name = words("吴");
    said.valid_until_time = &epoch;
    assert_refused(staff_put(&put, &said, &member, &changes), FAULT_REQUEST_INVALID,
                   "staff_member.valid_until_time");
}

/* staff --------------------------------------------------------------------------------------- */

static void a_staff_member_keeps_every_field(void **state)
{
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__StaffMember said = HOTLINE__V1__STAFF_MEMBER__INIT;
    const struct directory_put put = put_of("lin", "v1");
    struct staff_member member;
    bool changes = false;

    (void)state;
    from.seconds = 9;
    said.display_name = words("林某");
    said.staff_number = words("0007");
    said.office_phone = words("56110001");
    said.valid_from_time = &from;
    assert_null(staff_put(&put, &said, &member, &changes));
    assert_true(changes);
    assert_string_equal(member.id, "lin");
    assert_string_equal(member.name, "林某");
    assert_string_equal(member.number, "0007");
    assert_string_equal(member.office_phone, "56110001");
    assert_int_equal(member.from_ms, 9000);
    assert_int_equal(member.until_ms, 0);
    assert_int_equal(member.version, 2);
}

/* appointments -------------------------------------------------------------------------------- */

static const struct {
    Hotline__V1__Role role;
    const char *unit;
    const char *wrong; /* fields; NULL = good */
} roles[] = {
    { HOTLINE__V1__ROLE__ROLE_SPECIALIST, HERE "/units/U01", NULL },
    { HOTLINE__V1__ROLE__ROLE_GRID_WORKER, HERE "/units/J01", NULL },
    { HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_1, HERE "/units/U01", NULL },
    { HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_2, HERE "/units/U01", NULL },
    { HOTLINE__V1__ROLE__ROLE_OFFICE_CLERK, "", NULL },
    { HOTLINE__V1__ROLE__ROLE_LEADER_IN_CHARGE, "", NULL },
    { HOTLINE__V1__ROLE__ROLE_ADMIN, "", NULL },
    /* a unit's role without a unit, an office's role with one */
    { HOTLINE__V1__ROLE__ROLE_SPECIALIST, "", "appointment.unit" },
    { HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_2, "", "appointment.unit" },
    { HOTLINE__V1__ROLE__ROLE_OFFICE_HEAD, HERE "/units/U01", "appointment.unit" },
    /* machines are not appointed */
    { HOTLINE__V1__ROLE__ROLE_DISTRICT_SYNC, "", "appointment.role" },
    { HOTLINE__V1__ROLE__ROLE_SCREEN, "", "appointment.role" },
    /* no such unit */
    { HOTLINE__V1__ROLE__ROLE_SPECIALIST, HERE "/units/U99", "appointment.unit" },
};

static Hotline__V1__Appointment said_appointment(const char *who, Hotline__V1__Role role,
                                                 const char *unit,
                                                 Google__Protobuf__Timestamp *from)
{
    Hotline__V1__Appointment said = HOTLINE__V1__APPOINTMENT__INIT;

    google__protobuf__timestamp__init(from);
    from->seconds = 1;
    said.staff = words(who);
    said.role = role;
    said.unit = words(unit);
    said.valid_from_time = from;
    return said;
}

static void a_role_has_a_unit_or_has_none(void **state)
{
    const struct directory_put put = put_of("a9", "");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        Google__Protobuf__Timestamp from;
        Hotline__V1__Appointment said =
            said_appointment(HERE "/staff/lin", roles[i].role, roles[i].unit, &from);
        struct appointment appointment;
        bool changes;
        const struct refusal *refusal = appointment_put(&put, &said, &appointment, &changes);

        if (roles[i].wrong)
            assert_refused(refusal, FAULT_REQUEST_INVALID, roles[i].wrong);
        else
            assert_null(refusal);
    }
}

static void person_role_and_unit_of_an_appointment_are_fixed(void **state)
{
    Google__Protobuf__Timestamp from;
    Hotline__V1__Appointment said = said_appointment(
        HERE "/staff/chen", HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_1, HERE "/units/U02", &from);
    const struct directory_put put = put_of("a1", "v1");
    struct appointment appointment;
    bool changes = true;

    (void)state;
    assert_refused(appointment_put(&put, &said, &appointment, &changes), FAULT_REQUEST_INVALID,
                   "appointment.staff appointment.role appointment.unit");
    said = said_appointment(HERE "/staff/lin", HOTLINE__V1__ROLE__ROLE_SPECIALIST,
                            HERE "/units/U01", &from);
    assert_null(appointment_put(&put, &said, &appointment, &changes));
    assert_false(changes);
}

static void an_unknown_person_is_not_appointed(void **state)
{
    Google__Protobuf__Timestamp from;
    Hotline__V1__Appointment said =
        said_appointment(HERE "/staff/nobody", HOTLINE__V1__ROLE__ROLE_OFFICE_CLERK, "", &from);
    const struct directory_put put = put_of("a9", "");
    struct appointment appointment;
    bool changes;

    (void)state;
    assert_refused(appointment_put(&put, &said, &appointment, &changes), FAULT_REQUEST_INVALID,
                   "appointment.staff");
}

/* portfolios ---------------------------------------------------------------------------------- */

static void a_portfolio_names_each_unit_once(void **state)
{
    char *named[] = { words(HERE "/units/U01"), words(HERE "/units/U99"),
                      words(HERE "/units/U01") };
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__Portfolio said = HOTLINE__V1__PORTFOLIO__INIT;
    const struct directory_put put = put_of("p2", "");
    struct portfolio portfolio;
    bool changes;

    (void)state;
    from.seconds = 1;
    said.leader = words(HERE "/staff/nobody");
    said.units = named;
    said.n_units = COUNT_OF(named);
    said.valid_from_time = &from;
    assert_refused(portfolio_put(&put, &said, &portfolio, &changes), FAULT_REQUEST_INVALID,
                   "portfolio.leader portfolio.units[1] portfolio.units[2]");
    said.leader = words(HERE "/staff/lin");
    said.n_units = 1;
    assert_null(portfolio_put(&put, &said, &portfolio, &changes));
    assert_int_equal(portfolio.n_units, 1);
    assert_string_equal(portfolio.units[0], "U01");
}

static void the_order_of_a_portfolios_units_says_nothing(void **state)
{
    char *named[] = { words(HERE "/units/U02"), words(HERE "/units/U01") };
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__Portfolio said = HOTLINE__V1__PORTFOLIO__INIT;
    const struct directory_put put = put_of("p1", "");
    struct portfolio portfolio;
    bool changes = true;

    (void)state;
    from.seconds = 1;
    said.leader = words(HERE "/staff/chen");
    said.units = named;
    said.n_units = COUNT_OF(named);
    said.valid_from_time = &from;
    assert_null(portfolio_put(&put, &said, &portfolio, &changes));
    assert_false(changes);
    said.n_units = 1;
    assert_refused(portfolio_put(&put, &said, &portfolio, &changes), FAULT_ETAG_MISMATCH, "etag");
}

/* limits -------------------------------------------------------------------------------------- */

static void a_full_directory_takes_no_new_entry_but_changes_old_ones(void **state)
{
    Hotline__V1__Unit said = said_unit("城管中队", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT);
    struct unit *many = ARENA_ARRAY(&arena, struct unit, DIRECTORY_UNITS_MAX);
    struct directory full = { .units = many, .n_units = DIRECTORY_UNITS_MAX };
    struct directory_put put = put_of("X", "");
    struct unit unit;
    bool changes;

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < DIRECTORY_UNITS_MAX; i++) {
        (void)snprintf(many[i].code, sizeof(many[i].code), "U%04zu", i);
        many[i].kind = UNIT_KIND_DEPARTMENT;
        many[i].version = 1;
    }
    put.directory = &full;
    assert_refused(unit_put(&put, &said, &unit, &changes), FAULT_TOO_LARGE, "name");
    put.id = "U0500";
    put.etag = "v1";
    assert_null(unit_put(&put, &said, &unit, &changes));
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_unit_is_stored_as_it_was_sent),
        TEST(the_same_content_changes_nothing_and_needs_no_etag),
        TEST(other_content_needs_the_present_etag),
        TEST(every_wrong_field_of_a_unit_is_named),
        TEST(successors_do_not_lead_back),
        TEST(an_end_at_the_epoch_is_not_taken_for_open),
        TEST(a_staff_member_keeps_every_field),
        TEST(a_role_has_a_unit_or_has_none),
        TEST(person_role_and_unit_of_an_appointment_are_fixed),
        TEST(an_unknown_person_is_not_appointed),
        TEST(a_portfolio_names_each_unit_once),
        TEST(the_order_of_a_portfolios_units_says_nothing),
        TEST(a_full_directory_takes_no_new_entry_but_changes_old_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
