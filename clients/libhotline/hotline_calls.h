/*
 * hotline_calls.h - every call of the contract, one row each.
 *
 * V1(name, service, Method) stands for package hotline.v1, TEST(…) for hotline.test.v1. A row makes
 * a typed function in hotline.h and an entry of hotline_methods[]:
 *
 *     int hotline_take_order(struct hotline *h, const Hotline__V1__TakeOrderRequest *ask,
 *                            Hotline__V1__TakeOrderResponse **ret_answer,
 *                            struct hotline_error *error);
 *
 * Streams are rows of HOTLINE_STREAMS; their functions are written out in hotline.h. A test
 * compares both lists with the service descriptors: none is missing, none is too many.
 */
#ifndef HOTLINE_CALLS_H
#define HOTLINE_CALLS_H

/* clang-format off */
#define HOTLINE_CALLS(V1, TEST)                                                \
    /* intake 受理 */                                                          \
    V1(receive_order,              IntakeService,       ReceiveOrder)          \
    V1(accept_order,               IntakeService,       AcceptOrder)           \
    /* dispatch 派单 */                                                        \
    V1(dispatch_order,             DispatchService,     DispatchOrder)         \
    /* handling 办理 */                                                        \
    V1(take_order,                 HandlingService,     TakeOrder)             \
    V1(record_contact,             HandlingService,     RecordContact)         \
    V1(record_progress,            HandlingService,     RecordProgress)        \
    V1(submit_reply,               HandlingService,     SubmitReply)           \
    /* review and closing 审核与结案 */                                        \
    V1(accept_reply,               ReviewService,       AcceptReply)           \
    V1(reject_reply,               ReviewService,       RejectReply)           \
    V1(submit_closing,             ReviewService,       SubmitClosing)         \
    V1(record_closing,             ReviewService,       RecordClosing)         \
    /* return visit 回访 */                                                    \
    V1(record_visit_attempt,       ReturnVisitService,  RecordVisitAttempt)    \
    V1(record_visit,               ReturnVisitService,  RecordVisit)           \
    /* reading orders 工单查询 */                                              \
    V1(get_order,                  OrderService,        GetOrder)              \
    V1(list_orders,                OrderService,        ListOrders)            \
    V1(get_timeline,               OrderService,        GetTimeline)           \
    V1(list_available_commands,    OrderService,        ListAvailableCommands) \
    /* deadlines and reminders 时限与提醒 */                                   \
    V1(explain_deadline,           DeadlineService,     ExplainDeadline)       \
    V1(list_reminders,             DeadlineService,     ListReminders)         \
    V1(acknowledge_reminder,       DeadlineService,     AcknowledgeReminder)   \
    /* working-day calendar 工作日历 */                                        \
    V1(get_calendar,               CalendarService,     GetCalendar)           \
    V1(add_working_days,           CalendarService,     AddWorkingDays)        \
    V1(put_calendar_year,          CalendarService,     PutCalendarYear)       \
    /* directory 机构人员 */                                                   \
    V1(get_unit,                   DirectoryService,    GetUnit)               \
    V1(list_units,                 DirectoryService,    ListUnits)             \
    V1(put_unit,                   DirectoryService,    PutUnit)               \
    V1(get_staff_member,           DirectoryService,    GetStaffMember)        \
    V1(list_staff_members,         DirectoryService,    ListStaffMembers)      \
    V1(put_staff_member,           DirectoryService,    PutStaffMember)        \
    V1(get_appointment,            DirectoryService,    GetAppointment)        \
    V1(list_appointments,          DirectoryService,    ListAppointments)      \
    V1(put_appointment,            DirectoryService,    PutAppointment)        \
    V1(get_portfolio,              DirectoryService,    GetPortfolio)          \
    V1(list_portfolios,            DirectoryService,    ListPortfolios)        \
    V1(put_portfolio,              DirectoryService,    PutPortfolio)          \
    /* manual clock of test databases 手动时钟 */                              \
    TEST(get_clock,                ManualClockService,  GetClock)              \
    TEST(advance_clock,            ManualClockService,  AdvanceClock)

#define HOTLINE_STREAMS(V1)                                                    \
    V1(list_due,                   DeadlineService,     ListDue)               \
    V1(watch_reminders,            DeadlineService,     WatchReminders)
/* clang-format on */

#endif
