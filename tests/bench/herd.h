/*
 * herd.h - the natural thundering herd of the office: all hard limits of a day end at the same
 * midnight, and their reminders at the next opening. Two servers on one Redis, manual clock, reads
 * meanwhile.
 */
#ifndef HOTLINE_BENCH_HERD_H
#define HOTLINE_BENCH_HERD_H

#include "report.h"
#include "subject.h"

void herd_run(const struct settings *settings, struct herd_report *ret_report);

#endif
