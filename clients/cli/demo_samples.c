/* demo_samples.c - samples.json into structs; every text lives in the session's arena. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/demo.h"
#include "cli/moment.h"

#include "base/base.h"

enum { PATH_BYTES = 4096 };

/* The samples' words for values of the contract. */
static int value_of_word(const char *word)
{
    static const struct {
        const char *word;
        int value;
    } words[] = {
        { "电话", HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_PHONE },
        { "随申办", HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_APP },
        { "咨询", HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_CONSULTATION },
        { "求助", HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_HELP },
        { "投诉", HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_COMPLAINT },
        { "建议", HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_SUGGESTION },
        { "居民区", HOTLINE__V1__UNIT_KIND__UNIT_KIND_RESIDENTIAL_AREA },
        { "职能部门", HOTLINE__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT },
        { "协办单位", HOTLINE__V1__UNIT_KIND__UNIT_KIND_EXTERNAL },
        { "男", HOTLINE__V1__SEX__SEX_MALE },
        { "女", HOTLINE__V1__SEX__SEX_FEMALE },
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].value;
    return 0;
}

static const char *text_at(struct demo *demo, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return arena_strdup(&demo->session->arena, text ? text : "");
}

static int64_t moment_at(const json_t *object, const char *key, int64_t otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    int64_t ms;

    return text && moment_parse(text, 0, &ms) ? ms : otherwise;
}

static const char *unit_of_name(const struct demo *demo, const char *name)
{
    for (size_t i = 0; i < demo->n_units; i++)
        if (strcmp(demo->units[i].name, name) == 0)
            return demo->units[i].code;
    return "";
}

static void expected_read(struct demo *demo, const json_t *json, struct sample *sample)
{
    struct expected *expected = &sample->expected;
    const char *three = text_at(demo, json, "ext_apply_window_3wd");
    json_t *unit;
    size_t i;

    expected->mode = text_at(demo, json, "dispatch_mode");
    expected->main_unit = text_at(demo, json_object_get(json, "main_unit"), "code");
    expected->limit_days =
        (int)json_integer_value(json_object_get(json, "time_limit_working_days"));
    expected->contact_due = text_at(demo, json, "first_contact_due");
    expected->handle_due = text_at(demo, json, "handle_due");
    expected->window_due = *three ? three : text_at(demo, json, "city_ext_apply_window_5wd");
    expected->provisional = json_is_true(json_object_get(json, "handle_due_provisional"));
    expected->dispatched_ms = moment_at(json, "dispatched_at", 0);
    json_array_foreach(json_object_get(json, "informed_units"), i, unit)
    {
        if (expected->n_informed < DEMO_INFORMED_MAX)
            expected->informed[expected->n_informed++] = text_at(demo, unit, "code");
    }
}

static void sample_read(struct demo *demo, const json_t *json, struct sample *sample)
{
    const json_t *citizen = json_object_get(json, "citizen");

    *sample = (struct sample){
        .id = text_at(demo, json, "id"),
        .number = text_at(demo, json, "district_order_no"),
        .title = text_at(demo, json, "title"),
        .content = text_at(demo, json, "content"),
        .matter = text_at(demo, json, "subcategory"),
        .address = text_at(demo, json, "address"),
        .area = unit_of_name(demo, text_at(demo, json, "residential_area")),
        .citizen = text_at(demo, citizen, "name"),
        .phone = text_at(demo, citizen, "phone"),
        .sex = (Hotline__V1__Sex)value_of_word(text_at(demo, citizen, "sex")),
        .channel = (Hotline__V1__IntakeChannel)value_of_word(text_at(demo, json, "channel")),
        .category = (Hotline__V1__RequestCategory)value_of_word(text_at(demo, json, "category")),
        .urgent = json_is_true(json_object_get(json, "urgent")),
        .confidential = json_is_true(json_object_get(citizen, "wants_confidentiality")),
        .received_ms = moment_at(json, "received_at", 0),
    };
    expected_read(demo, json_object_get(json, "expected"), sample);
}

bool sample_statutory(const struct sample *sample)
{
    return strcmp(sample->expected.mode, "法定") == 0;
}

static int by_receipt(const void *a, const void *b)
{
    const struct sample *one = a, *other = b;

    return (one->received_ms > other->received_ms) - (one->received_ms < other->received_ms);
}

/* Where the file lies: as said; beside the sources the program was built from; installed. */
static json_t *samples_open(struct demo *demo, const char *said)
{
    static const char *const places[] = { "../../clients/cli/data/samples.json",
                                          "../share/hotline/samples.json" };
    char program[PATH_BYTES];
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
    json_t *json = NULL;
    json_error_t error = { .text = "" };

    if (said) {
        json = json_load_file(said, 0, &error);
        if (!json)
            fprintf(stderr, "hotline: %s: %s\n", said, error.text);
        return json;
    }
    program[size > 0 ? size : 0] = '\0';
    if (strrchr(program, '/'))
        *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < COUNT_OF(places) && !json; i++)
        json = json_load_file(arena_printf(&demo->session->arena, "%s/%s", program, places[i]), 0,
                              &error);
    if (!json)
        fprintf(stderr, "hotline: %s\n",
                say(demo->session, "找不到 samples.json，请用 --samples 指明",
                    "samples.json is not found; name it with --samples"));
    return json;
}

int samples_read(struct demo *demo, const char *path)
{
    json_t *file = samples_open(demo, path), *units, *samples, *json;
    struct arena *a = &demo->session->arena;
    size_t i;

    if (!file)
        return -ENOENT;
    units = json_object_get(file, "units");
    samples = json_object_get(file, "samples");
    demo->units = ARENA_ARRAY(a, struct demo_unit, json_array_size(units) + 1);
    demo->samples = ARENA_ARRAY(a, struct sample, json_array_size(samples) + 1);
    must(demo->units && demo->samples);
    json_array_foreach(units, i, json)
    {
        demo->units[demo->n_units++] = (struct demo_unit){
            .code = text_at(demo, json, "code"),
            .name = text_at(demo, json, "name"),
            .kind = (Hotline__V1__UnitKind)value_of_word(text_at(demo, json, "kind"))
        };
    }
    json_array_foreach(samples, i, json)
    {
        sample_read(demo, json, &demo->samples[demo->n_samples++]);
    }
    json_decref(file);
    qsort(demo->samples, demo->n_samples, sizeof(demo->samples[0]), by_receipt);
    return demo->n_samples > 0 ? 0 : -EINVAL;
}
