/*
 * statutory.h - days off by law (全国年节及纪念日放假办法): those on fixed solar dates of every
 * year, and those on lunar dates of the years listed in statutory.c. No lunar arithmetic in code:
 * a year that is not listed has only its fixed days. Swaps of days cannot be computed at all.
 */
#ifndef HOTLINE_DOMAIN_STATUTORY_H
#define HOTLINE_DOMAIN_STATUTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATUTORY_DAYS_MAX = 16 };

/* The statutory days known of a year, fixed ones first; returns their number. */
size_t statutory_days_of(int32_t year, int32_t ret_days[STATUTORY_DAYS_MAX]);
bool statutory_day(int32_t day);

#endif
