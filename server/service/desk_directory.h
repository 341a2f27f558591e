/* desk_directory.h - private to desk_directory*.c: entries of the directory as the API shows them. */
#ifndef HOTLINE_SERVICE_DESK_DIRECTORY_H
#define HOTLINE_SERVICE_DESK_DIRECTORY_H

#include "domain/directory.h"
#include "hotline/v1/directory.pb-c.h"
#include "service/road.h"

/* Entries are borrowed as long as the answer. NULL without memory. */
Hotline__V1__Unit *show_unit(struct errand *errand, const struct unit *unit);
Hotline__V1__StaffMember *show_staff(struct errand *errand, const struct staff_member *member);
Hotline__V1__Appointment *show_appointment(struct errand *errand,
                                           const struct appointment *appointment);
Hotline__V1__Portfolio *show_portfolio(struct errand *errand, const struct portfolio *portfolio);

/* The list rows' reads (desk_directory_list.c). */
const struct refusal *list_units(struct errand *errand, ProtobufCMessage **ret_response);
const struct refusal *list_staff(struct errand *errand, ProtobufCMessage **ret_response);
const struct refusal *list_appointments(struct errand *errand, ProtobufCMessage **ret_response);
const struct refusal *list_portfolios(struct errand *errand, ProtobufCMessage **ret_response);

#endif
