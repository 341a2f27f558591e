/*
 * civil.h - civil days of the office: UTC+8, no summer time since 1992 (DOMAIN 3).
 * A civil day is the number of days since 1970-01-01; instants are UTC milliseconds.
 */
#ifndef HOTLINE_DOMAIN_CIVIL_H
#define HOTLINE_DOMAIN_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

enum { CIVIL_TEXT_BYTES = 11 };
#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

/* The civil day an instant falls on, and the instant a day starts (its 00:00, UTC+8). */
int32_t civil_day_of(int64_t at_ms);
int64_t civil_day_start_ms(int32_t day);
/* Minutes since 00:00 of its civil day, 0..1439. */
int32_t civil_minute_of(int64_t at_ms);

/* Proleptic Gregorian. civil_from() returns false when there is no such date (years 1970..2200). */
bool civil_from(int32_t year, int32_t month, int32_t day, int32_t *ret_day);
void civil_to(int32_t day, int32_t *ret_year, int32_t *ret_month, int32_t *ret_mday);
int32_t civil_year_of(int32_t day);
/* 0 = Monday .. 6 = Sunday. */
int32_t civil_weekday_of(int32_t day);
/* yyyymm of the civil month an instant falls in. */
int32_t civil_month_of(int64_t at_ms);

/* "YYYY-MM-DD", strictly. */
bool civil_parse(const char *text, int32_t *ret_day);
void civil_format(int32_t day, char text[CIVIL_TEXT_BYTES]);

#endif
