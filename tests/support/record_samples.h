/*
 * record_samples.h - orders and history entries for tests: a typical one, and random ones that
 * use every field up to its bounds. Everything is drawn from a seed that the test prints.
 */
#ifndef HOTLINE_TESTS_RECORD_SAMPLES_H
#define HOTLINE_TESTS_RECORD_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "storage/record/record.h"

struct dice {
    uint64_t state;
};

/* HOTLINE_SEED from the environment, else a fresh one; printed, so that a failure can be run
 * again. */
struct dice dice_new(void);
/* 0 .. below-1; below >= 1. */
uint32_t dice_roll(struct dice *dice, uint32_t below);
/* A text of 0 .. size-1 letters and Chinese characters; the rest of the array is zero. */
void dice_text(struct dice *dice, char *to, size_t size);
/* A code of 1 .. size-1 characters [a-z0-9]. */
void dice_code(struct dice *dice, char *to, size_t size);

/* The open order the sizes are quoted for: taken by its unit, one contact, seven clocks ever
 * started, phone, area and grid known, no reply. */
void sample_typical_order(struct order *ret_order);
/* The same a moment earlier: dispatched, not taken, its reminder of the take clock open. */
void sample_dispatched_order(struct order *ret_order);
/* Any order the schema can hold. */
void sample_order(struct dice *dice, struct order *ret_order);
/* Any history entry of a command. */
void sample_entry(struct dice *dice, enum command_kind command, struct history_entry *ret_entry);
void sample_actor(struct dice *dice, struct actor *ret_actor);

#endif
