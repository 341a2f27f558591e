/*
 * request_samples.h - the API's services with the rules of their fields, and a good delivery that
 * tests spoil.
 */
#ifndef HOTLINE_TESTS_REQUEST_SAMPLES_H
#define HOTLINE_TESTS_REQUEST_SAMPLES_H

#include <hotline/v1/intake.pb-c.h>

#include "base/slice.h"

struct field_rules;

/* Every service of ours; NULL at the end. */
extern const ProtobufCServiceDescriptor *const sample_services[];
struct slice sample_descriptor_set(void);
/* Their rules; aborts when the contract has a defect. */
struct field_rules *sample_field_rules(void);

struct delivery {
    Hotline__V1__ReceiveOrderRequest request;
    Google__Protobuf__Timestamp received;
    Hotline__V1__OrderText text;
    Hotline__V1__Place place;
    Hotline__V1__Citizen citizen;
    Hotline__V1__CitizenPhone phones[4], *phone_list[4];
    char *related[32];
    char long_text[9002]; /* 9001 letters */
};

/* A delivery with two phones and 20 related numbers; its parts point into d. */
void sample_delivery(struct delivery *d);

/* protobuf-c has no const. */
static inline char *sample_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

#endif
