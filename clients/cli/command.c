/*
 * command.c - the commands, one row each. Reads like the clerk's day; nothing but tables here.
 * A test finds every method of the contract in it, every path in its request, and no word twice.
 */
#include "cli/command.h"

#include <string.h>

#include "cli/special.h"
#include "cli/view.h"

#include "base/base.h"

#define END                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }
#define ORDER                                                                                      \
    {                                                                                              \
        "ORDER", "name", "orders", NULL, "工单编号或区工单编号", "id or district number"           \
    }
#define UNIT                                                                                       \
    {                                                                                              \
        "--unit", "unit", "units", NULL, "单位编号，如 U01", "unit, such as U01"                   \
    }
#define PAGE_SIZE                                                                                  \
    {                                                                                              \
        "--page-size", "page_size", NULL, NULL, "每页条数，至多 200", "rows a page, at most 200"   \
    }
#define PAGE_TOKEN                                                                                 \
    {                                                                                              \
        "--page-token", "page_token", NULL, NULL, "上一页给出的标记", "token of the page before"   \
    }
#define CHANNEL(path)                                                                              \
    {                                                                                              \
        "--channel", path, NULL, "phone", "方式: phone、home-visit、sms…",                         \
            "way: phone, home-visit, sms, ..."                                                     \
    }
#define LINE                                                                                       \
    {                                                                                              \
        "--line", "contact_line", NULL, NULL, "号码: first、second、third、other",                 \
            "which telephone: first, second, third, other"                                         \
    }

/* clang-format off */

/* orders: the office and the unit --------------------------------------------------------------- */

static const struct argument receive[] = {
    {"--district-number", "district_number", NULL, NULL, "区工单编号", "the district's number"},
    {"--city-number", "city_number", NULL, NULL, "市工单编号", "the city's number"},
    {"--channel", "channel", NULL, "phone", "来件渠道: phone、app、web…", "how it came: phone, app, web, ..."},
    {"--category", "category", NULL, NULL, "诉求类别: consultation、help、complaint、suggestion", "consultation, help, complaint or suggestion"},
    {"--matter", "matter.label", NULL, NULL, "事项名称", "name of the matter"},
    {"--matter-code", "matter.code", NULL, NULL, "事项编码", "code of the matter"},
    {"--received", "received_time", NULL, "now", "区派发时间", "when the district delivered it"},
    {"--title", "text.title", NULL, NULL, "标题", "title"},
    {"--content", "text.content", NULL, NULL, "正文", "content"},
    {"--place", "place.address", NULL, NULL, "事发地点", "where the matter is"},
    {"--grid", "place.grid", NULL, NULL, "网格", "grid cell"},
    {"--residential-area", "place.residential_area", "units", NULL, "居民区编号", "unit code of the residential area"},
    {"--citizen-kind", "citizen.kind", NULL, "natural-person", "诉求人类型: natural-person、legal-person、anonymous…", "natural-person, legal-person, anonymous, ..."},
    {"--citizen-name", "citizen.name", NULL, NULL, "姓名或名称", "name of the citizen"},
    {"--sex", "citizen.sex", NULL, NULL, "性别: male、female", "male or female"},
    {"--phone", "citizen.phones.number", NULL, NULL, "联系电话，可多次给出", "telephone; may be given again"},
    {"--id-number", "citizen.id_number", NULL, NULL, "证件号", "number of the identity document"},
    {"--citizen-address", "citizen.address", NULL, NULL, "本人住址", "the citizen's own address"},
    {"--wants-confidentiality", "citizen.wants_confidentiality", NULL, NULL, "要求保密", "asks for confidentiality"},
    {"--urgent", "flags.urgent", NULL, NULL, "紧急", "urgent"},
    {"--major", "flags.major", NULL, NULL, "重大", "major matter"},
    {"--multi-department", "flags.multi_department", NULL, NULL, "涉及多部门", "concerns several departments"},
    {"--related", "related_district_numbers", NULL, NULL, "关联工单，可多次给出", "number of an earlier order; may be given again"},
    END};
static const struct argument accept[] = {
    ORDER,
    {"--category", "category", NULL, NULL, "诉求类别，默认同区平台", "category; as the district has it"},
    {"--matter", "matter.label", NULL, NULL, "事项名称，默认同区平台", "name of the matter; as the district has it"},
    {"--matter-code", "matter.code", NULL, NULL, "事项编码", "code of the matter"},
    {"--urgent", "flags.urgent", NULL, NULL, "紧急", "urgent"},
    {"--confidential", "flags.confidential", NULL, NULL, "保密", "confidential"},
    {"--major", "flags.major", NULL, NULL, "重大", "major matter"},
    {"--multi-department", "flags.multi_department", NULL, NULL, "涉及多部门", "concerns several departments"},
    END};
static const struct argument dispatch[] = {
    ORDER,
    {"UNIT", "statutory.main_unit", "units", NULL, "主办单位编号", "main unit"},
    {"--basis", "statutory.legal_basis", NULL, NULL, "法定依据", "law or duty list behind it"},
    {"--limit", "statutory.limit_class", NULL, "five-days", "时限类别: one-day、five-days、ten-days", "one-day, five-days or ten-days"},
    {"--limit-reason", "statutory.limit_class_reason", NULL, NULL, "非五日件的理由", "why it is not five days"},
    {"--inform", "statutory.informed_units", "units", NULL, "知会单位，可多次给出", "unit to inform; may be given again"},
    END};
static const struct argument order_only[] = {ORDER, END};
static const struct argument contact[] = {
    ORDER,
    {"--side", "side", NULL, "office", "联系主体: office、unit", "for whom: office or unit"},
    CHANNEL("channel"),
    {"--result", "result", NULL, "reached", "联系结果: reached、no-answer、wrong-number、refused、waived", "reached, no-answer, wrong-number, refused or waived"},
    {"--at", "contact_time", NULL, "now", "联系时间", "when"},
    LINE,
    {"--summary", "summary", NULL, NULL, "联系摘要，联系上时必填", "what was said; required when reached"},
    {"--clarified-demand", "clarified_demand", NULL, NULL, "明确后的诉求", "the demand as it is clear now"},
    {"--waiver-source", "waiver_source", NULL, NULL, "免联系来源", "who or what says that no contact is due"},
    END};
static const struct argument progress[] = {
    ORDER,
    {"TEXT", "text", NULL, NULL, "内容", "what was found or done"},
    {"--kind", "kind", NULL, "note", "类别: note、site-visit、measure、coordination、mid-course-report", "note, site-visit, measure, coordination, mid-course-report"},
    {"--at", "progress_time", NULL, "now", "发生时间", "when"},
    {"--participants", "participants", NULL, NULL, "参与人员", "who took part"},
    END};
static const struct argument reply[] = {
    ORDER,
    {"TEXT", "result_text", NULL, NULL, "处理过程和结果", "process and result"},
    {"--result-type", "result_type", NULL, "handled", "结案类型: handled、has-plan、statutory-procedure、way-indicated、impossible", "handled, has-plan, statutory-procedure, way-indicated or impossible"},
    {"--basis", "handling_basis", NULL, "law-explicit", "办理依据: law-explicit、policy-blocked-explained、conditions-not-ripe、procedural", "law-explicit, policy-blocked-explained, conditions-not-ripe or procedural"},
    {"--answer", "answer.summary", NULL, NULL, "答复市民的摘要", "what the citizen was told and said"},
    {"--answer-channel", "answer.channel", NULL, "phone", "答复方式", "way of the answer"},
    {"--answered", "answer.answer_time", NULL, "now", "答复时间", "when the citizen was answered"},
    {"--answered-to", "answer.delivered_to", NULL, NULL, "接收人，非市民本人时", "who received it, if not the citizen"},
    {"--plan", "plan.text", NULL, NULL, "办理计划，has-plan 时必填", "the plan; required with has-plan"},
    {"--plan-date", "plan.plan_date", NULL, NULL, "计划日期 YYYY-MM-DD", "by which day, YYYY-MM-DD"},
    END};

/* orders: review, visit, closing ------------------------------------------------------------------ */

static const struct argument accept_reply[] = {
    ORDER, {"[TEXT]", "text", NULL, NULL, "审核意见", "what the reviewer says"}, END};
static const struct argument reject_reply[] = {
    ORDER,
    {"TEXT", "text", NULL, NULL, "审核意见", "what is wrong and what is asked"},
    {"--reason", "reasons", NULL, NULL, "退回理由，可多次给出: result-unclear、evidence-missing…", "rejection reason; may be given again: result-unclear, evidence-missing, ..."},
    END};
static const struct argument visit_attempt[] = {
    ORDER,
    {"--result", "result", NULL, "no-answer", "结果: no-answer、wrong-number、refused、waived", "no-answer, wrong-number, refused or waived"},
    CHANNEL("channel"), LINE,
    {"--at", "attempt_time", NULL, "now", "尝试时间", "when"},
    {"--note", "note", NULL, NULL, "备注", "remark"},
    END};
static const struct argument visit[] = {
    ORDER,
    {"--at", "visit_time", NULL, "now", "回访时间", "when"},
    CHANNEL("channel"), LINE,
    {"--made-contact", "contact.unit_made_contact", NULL, NULL, "是否主动联系: yes、no、no-opinion", "did the unit make contact: yes, no, no-opinion"},
    {"--demand-learned", "contact.demand_learned", NULL, NULL, "是否详细了解诉求", "did it learn the demand in detail"},
    {"--coordinated", "result.actively_coordinated", NULL, NULL, "是否积极协调解决", "did it actively coordinate"},
    {"--told", "result.process_and_result_told", NULL, NULL, "是否告知过程及结果", "were process and result told"},
    {"--explained", "result.unsolved_explained", NULL, "not-applicable", "未解决的是否解释说明", "if unsolved, was it explained"},
    {"--solved", "result.actually_solved", NULL, NULL, "是否实际解决", "is it actually solved"},
    {"--attitude", "satisfaction.attitude", NULL, NULL, "对服务态度: satisfied、basically-satisfied、dissatisfied、no-opinion", "with the attitude: satisfied, basically-satisfied, dissatisfied, no-opinion"},
    {"--handling", "satisfaction.handling", NULL, NULL, "对诉求处理", "with the handling"},
    {"--bad-attitude", "satisfaction.bad_attitude", NULL, "no", "是否态度恶劣", "was there a bad attitude"},
    {"--understanding-sought", "satisfaction.understanding_sought", NULL, "not-applicable", "未解决的是否争取谅解", "if unsolved, was understanding sought"},
    {"--outcome", "outcome", NULL, "satisfied", "回访结论: satisfied、dissatisfied", "satisfied or dissatisfied"},
    {"--reason", "dissatisfaction_reasons", NULL, NULL, "不满意原因，可多次给出", "reason of dissatisfaction; may be given again"},
    {"--text", "text", NULL, NULL, "回访记录", "what else the citizen said"},
    END};
static const struct argument submit[] = {
    ORDER, {"[TEXT]", "text", NULL, NULL, "报区内容，默认为审核通过的回复", "what the district is told; the accepted reply"}, END};
static const struct argument closing[] = {
    ORDER,
    {"NUMBER", "registration_number", NULL, NULL, "结案登记号", "number of the registration"},
    {"--at", "registration_time", NULL, "now", "结案登记时间", "when it was registered"},
    {"--note", "note", NULL, NULL, "区备注", "the district's remark"},
    END};

/* orders: reading --------------------------------------------------------------------------------- */

static const struct argument list[] = {
    {"--state", "filter.states", NULL, NULL, "工单状态，可多次给出: handling、replied…", "state; may be given again: handling, replied, ..."},
    {"--unit", "filter.unit", "units", NULL, "主办单位编号", "main unit"},
    {"--limit", "filter.limit_class", NULL, NULL, "时限类别", "limit class"},
    {"--clock", "filter.clock_kind", NULL, NULL, "计时中的时限: contact、handle…", "has a running clock: contact, handle, ..."},
    {"--due-from", "filter.due_from_time", NULL, NULL, "到期时间起(含)，配合 --clock", "due at or after, with --clock"},
    {"--due-before", "filter.due_before_time", NULL, NULL, "到期时间止(不含)，配合 --clock", "due before, with --clock"},
    {"--received-from", "filter.received_from_time", NULL, NULL, "区派发时间起(含)", "received at or after"},
    {"--received-before", "filter.received_before_time", NULL, NULL, "区派发时间止(不含)", "received before"},
    {"--urgent", "filter.urgent_only", NULL, NULL, "仅紧急", "only urgent orders"},
    {"--district-number", "filter.district_number", NULL, NULL, "区工单编号", "the district's number"},
    PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument timeline[] = {ORDER, PAGE_SIZE, PAGE_TOKEN, END};

/* deadlines and reminders -------------------------------------------------------------------------- */

static const struct argument due[] = {
    UNIT,
    {"--kind", "kinds", NULL, NULL, "时限种类，可多次给出", "kind of clock; may be given again"},
    {"--from", "due_from_time", NULL, NULL, "到期时间起(含)", "due at or after"},
    {"--before", "due_before_time", NULL, NULL, "到期时间止(不含)", "due before"},
    END};
static const struct argument explain[] = {
    ORDER,
    {"[KIND]", "clock_kind", NULL, "handle", "时限种类: contact、handle、extension-window…", "kind of clock: contact, handle, extension-window, ..."},
    {"--stamp", "stamp", NULL, NULL, "第几次计时，默认最近一次", "number of the clock; the latest"},
    END};
static const struct argument reminders_list[] = {
    UNIT,
    {"--mine", "mine_only", NULL, NULL, "仅给本人的", "only those for the acting person"},
    PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument reminders_ack[] = {
    {"REMINDER", "name", "reminders", NULL, "提醒编号", "id of the reminder"}, END};
static const struct argument reminders_watch[] = {
    UNIT,
    {"--after", "after", NULL, NULL, "从此游标之后继续", "go on after this cursor"},
    {"--count", NULL, NULL, NULL, "收到若干条后结束", "end after so many"},
    END};

/* calendar, clock ------------------------------------------------------------------------------------ */

static const struct argument calendar_show[] = {
    {"--year", "years", NULL, NULL, "年份，可多次给出", "year; may be given again"}, END};
static const struct argument add_days[] = {
    {"DAYS", "working_days", NULL, NULL, "工作日数", "how many working days"},
    {"[START]", "start_time", NULL, "now", "起算时间", "from when"},
    END};
static const struct argument calendar_put[] = {
    {"FILE", NULL, NULL, NULL, "JSON 或 YAML 文件，格式同 server/data", "JSON or YAML, as in server/data"},
    {"--year", NULL, NULL, NULL, "只录入该年", "only this year of the file"},
    {"--confirm-missing-statutory-days", "confirm_missing_statutory_days", NULL, NULL, "通知确未放假的法定节日，确认录入", "load it though a statutory day would be working"},
    END};
static const struct argument clock_advance[] = {
    {"[TIME]", "to_time", NULL, NULL, "推进到此时间", "move to this time"},
    {"--by", "by_duration", NULL, NULL, "推进时长，如 2h、3d", "move by this long: 2h, 3d"},
    END};

/* directory ------------------------------------------------------------------------------------------- */

#define VALID(object)                                                                              \
    {"--valid-from", object ".valid_from_time", NULL, NULL, "起始时间", "from when"},              \
    {"--valid-until", object ".valid_until_time", NULL, NULL, "结束时间(不含)", "until when, exclusive"}
#define VALID_AT {"--valid-at", "valid_at_time", NULL, NULL, "时点，默认现在", "valid at this time; now"}
#define ENDED {"--ended", "include_ended", NULL, NULL, "含已失效的", "ended ones too"}
#define ROLE(path) {"--role", path, NULL, NULL, "角色: specialist、unit-head-1、office-clerk…", "role: specialist, unit-head-1, office-clerk, ..."}

static const struct argument unit_get[] = {{"UNIT", "name", "units", NULL, "单位编号", "unit"}, END};
static const struct argument unit_list[] = {
    {"--kind", "kind", NULL, NULL, "单位类别: residential-area、department、external、office", "residential-area, department, external or office"},
    ENDED, PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument unit_put[] = {
    {"UNIT", "name", "units", NULL, "单位编号", "unit"},
    {"--display-name", "unit.display_name", NULL, NULL, "单位名称", "name for people"},
    {"--kind", "unit.kind", NULL, NULL, "单位类别", "kind"},
    {"--office-phone", "unit.office_phone", NULL, NULL, "办公电话", "office telephone"},
    {"--successor", "unit.successor_unit", "units", NULL, "承接单位", "unit that took over"},
    VALID("unit"), END};
static const struct argument staff_get[] = {{"STAFF", "name", "staff", NULL, "人员编号", "staff id"}, END};
static const struct argument staff_list[] = {ENDED, PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument staff_put[] = {
    {"STAFF", "name", "staff", NULL, "人员编号", "staff id"},
    {"--display-name", "staff_member.display_name", NULL, NULL, "姓名", "name"},
    {"--number", "staff_member.staff_number", NULL, NULL, "工号", "staff number"},
    {"--office-phone", "staff_member.office_phone", NULL, NULL, "办公电话", "office telephone"},
    VALID("staff_member"), END};
static const struct argument appointment_get[] = {
    {"APPOINTMENT", "name", "appointments", NULL, "任职编号", "appointment"}, END};
static const struct argument appointment_list[] = {
    {"--staff", "staff", "staff", NULL, "人员编号", "of this person"}, UNIT, ROLE("role"),
    VALID_AT, ENDED, PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument appointment_put[] = {
    {"APPOINTMENT", "name", "appointments", NULL, "任职编号", "appointment"},
    {"--staff", "appointment.staff", "staff", NULL, "人员编号", "who"},
    ROLE("appointment.role"),
    {"--unit", "appointment.unit", "units", NULL, "单位编号", "of which unit"},
    VALID("appointment"), END};
static const struct argument portfolio_get[] = {
    {"PORTFOLIO", "name", "portfolios", NULL, "分管范围编号", "portfolio"}, END};
static const struct argument portfolio_list[] = {
    {"--leader", "leader", "staff", NULL, "分管领导", "of this leader"}, UNIT,
    VALID_AT, ENDED, PAGE_SIZE, PAGE_TOKEN, END};
static const struct argument portfolio_put[] = {
    {"PORTFOLIO", "name", "portfolios", NULL, "分管范围编号", "portfolio"},
    {"--leader", "portfolio.leader", "staff", NULL, "分管领导", "the leader in charge"},
    {"--unit", "portfolio.units", "units", NULL, "分管单位，可多次给出", "unit; may be given again"},
    VALID("portfolio"), END};

/* the program itself ------------------------------------------------------------------------------------ */

static const struct argument health[] = {
    {"[SERVICE]", NULL, NULL, "", "服务名，默认整个服务", "service; the server as a whole"}, END};
static const struct argument call[] = {
    {"METHOD", NULL, NULL, NULL, "方法名，如 TakeOrder", "method, such as TakeOrder"},
    {"[FILE]", NULL, NULL, "-", "JSON 请求文件，默认标准输入", "file with the request as JSON; standard input"},
    END};
static const struct argument demo[] = {
    {"--samples", NULL, NULL, NULL, "样例文件，默认为安装目录中的", "file of samples; the installed one"},
    END};
static const struct argument completion[] = {{"SHELL", NULL, NULL, NULL, "目前只有 bash", "only bash, so far"}, END};
static const struct argument help[] = {
    {"[COMMAND]", NULL, NULL, NULL, "命令", "command"}, {"[WORD]", NULL, NULL, NULL, "命令的第二个词", "its second word"}, END};

#define AS_DISTRICT CERTIFICATE_DISTRICT
#define AS_BACKEND CERTIFICATE_BACKEND
#define AS_ADMIN CERTIFICATE_ADMIN

const struct command commands[] = {
    {"health", NULL, AS_BACKEND, health, .run = run_health, .zh = "服务是否就绪", .en = "is the server SERVING"},
    {"services", NULL, AS_BACKEND, NULL, .run = run_services, .zh = "全部服务与方法", .en = "all services and methods"},

    {"order receive", "ReceiveOrder", AS_DISTRICT, receive, .show = view_changed, .zh = "接收区派工单", .en = "take over an order from the district"},
    {"order accept", "AcceptOrder", AS_BACKEND, accept, prepare_accept, view_changed, .zh = "受理工单", .en = "accept an order"},
    {"order dispatch", "DispatchOrder", AS_BACKEND, dispatch, .show = view_changed, .zh = "法定派单", .en = "dispatch to the unit by legal duty"},
    {"order take", "TakeOrder", AS_BACKEND, order_only, .show = view_changed, .zh = "接单", .en = "take an order for one's unit"},
    {"order contact", "RecordContact", AS_BACKEND, contact, prepare_contact, view_changed, .zh = "记录联系", .en = "record an attempt to speak with the citizen"},
    {"order progress", "RecordProgress", AS_BACKEND, progress, .show = view_changed, .zh = "记录进展", .en = "record progress"},
    {"order reply", "SubmitReply", AS_BACKEND, reply, .show = view_changed, .zh = "提交回复", .en = "submit the unit's reply"},
    {"order accept-reply", "AcceptReply", AS_BACKEND, accept_reply, .show = view_changed, .zh = "审核通过", .en = "find the reply reasonable"},
    {"order reject-reply", "RejectReply", AS_BACKEND, reject_reply, .show = view_changed, .zh = "审核退回", .en = "reject the reply"},
    {"order visit-attempt", "RecordVisitAttempt", AS_BACKEND, visit_attempt, prepare_attempt, view_changed, .zh = "记录回访未接通", .en = "record a visit that did not reach the citizen"},
    {"order visit", "RecordVisit", AS_BACKEND, visit, prepare_visit, view_changed, .zh = "记录回访", .en = "record the return visit"},
    {"order submit", "SubmitClosing", AS_BACKEND, submit, .show = view_changed, .zh = "报送区热线办", .en = "submit to the district for closing"},
    {"order close", "RecordClosing", AS_DISTRICT, closing, .show = view_changed, .zh = "结案登记", .en = "register the closing"},
    {"order show", "GetOrder", AS_BACKEND, order_only, .show = view_order, .zh = "查看工单", .en = "one order"},
    {"order list", "ListOrders", AS_BACKEND, list, .show = view_orders, .zh = "工单列表", .en = "orders by filter"},
    {"order timeline", "GetTimeline", AS_BACKEND, timeline, .show = view_timeline, .zh = "流转记录", .en = "history of an order"},
    {"order commands", "ListAvailableCommands", AS_BACKEND, order_only, .show = view_available, .zh = "现在可做的操作", .en = "what can be done with an order now"},

    {"due", "ListDue", AS_BACKEND, due, .run = run_due, .zh = "到期清单", .en = "running clocks by due time"},
    {"explain", "ExplainDeadline", AS_BACKEND, explain, .show = view_explanation, .zh = "时限逐日说明", .en = "how a deadline was counted, day by day"},
    {"reminders list", "ListReminders", AS_BACKEND, reminders_list, .show = view_reminders, .zh = "提醒列表", .en = "reminders"},
    {"reminders ack", "AcknowledgeReminder", AS_BACKEND, reminders_ack, .show = view_acknowledged, .zh = "确认提醒", .en = "acknowledge a reminder"},
    {"reminders watch", "WatchReminders", AS_BACKEND, reminders_watch, .run = run_watch, .zh = "持续接收提醒", .en = "reminders as they are raised"},

    {"calendar show", "GetCalendar", AS_ADMIN, calendar_show, .show = view_calendar, .zh = "查看工作日历", .en = "the working-day calendar"},
    {"calendar add-days", "AddWorkingDays", AS_ADMIN, add_days, .show = view_working_days, .zh = "计算工作日", .en = "add working days"},
    {"calendar put", "PutCalendarYear", AS_ADMIN, calendar_put, .show = view_calendar_year, .run = run_calendar_put, .zh = "录入年度日历", .en = "load years of the calendar"},

    {"unit get", "GetUnit", AS_ADMIN, unit_get, .show = view_unit, .zh = "查看单位", .en = "one unit"},
    {"unit list", "ListUnits", AS_ADMIN, unit_list, .show = view_units, .zh = "列出单位", .en = "units"},
    {"unit put", "PutUnit", AS_ADMIN, unit_put, .show = view_unit_put, .zh = "维护单位", .en = "create or replace a unit"},
    {"staff get", "GetStaffMember", AS_ADMIN, staff_get, .show = view_staff_member, .zh = "查看人员", .en = "one staff member"},
    {"staff list", "ListStaffMembers", AS_ADMIN, staff_list, .show = view_staff_members, .zh = "列出人员", .en = "staff members"},
    {"staff put", "PutStaffMember", AS_ADMIN, staff_put, .show = view_staff_put, .zh = "维护人员", .en = "create or replace a staff member"},
    {"appointment get", "GetAppointment", AS_ADMIN, appointment_get, .show = view_appointment, .zh = "查看任职", .en = "one appointment"},
    {"appointment list", "ListAppointments", AS_ADMIN, appointment_list, .show = view_appointments, .zh = "列出任职", .en = "appointments"},
    {"appointment put", "PutAppointment", AS_ADMIN, appointment_put, .show = view_appointment_put, .zh = "维护任职", .en = "create or replace an appointment"},
    {"portfolio get", "GetPortfolio", AS_ADMIN, portfolio_get, .show = view_portfolio, .zh = "查看分管范围", .en = "one portfolio"},
    {"portfolio list", "ListPortfolios", AS_ADMIN, portfolio_list, .show = view_portfolios, .zh = "列出分管范围", .en = "portfolios"},
    {"portfolio put", "PutPortfolio", AS_ADMIN, portfolio_put, .show = view_portfolio_put, .zh = "维护分管范围", .en = "create or replace a portfolio"},

    {"clock show", "GetClock", AS_ADMIN, NULL, .show = view_clock, .zh = "手动时钟的时间(测试库)", .en = "time of the manual clock (test databases)"},
    {"clock advance", "AdvanceClock", AS_ADMIN, clock_advance, .show = view_advanced, .zh = "推进手动时钟(测试库)", .en = "move the manual clock (test databases)"},

    {"call", NULL, AS_BACKEND, call, .run = run_call, .zh = "以 JSON 调用任一方法", .en = "call any method with JSON"},
    {"demo", NULL, AS_BACKEND, demo, .run = run_demo, .zh = "在空的测试库上演示全流程", .en = "the demonstration, on an empty test database"},
    {"completion", NULL, AS_BACKEND, completion, .run = run_completion, .zh = "命令补全脚本", .en = "shell completion"},
    {"help", NULL, AS_BACKEND, help, .run = run_help, .zh = "帮助", .en = "help"},
};
/* clang-format on */

const size_t n_commands = COUNT_OF(commands);

/* Two words are tried before one. */
const struct command *command_find(int argc, char **argv, int *ret_words)
{
    for (int words = argc >= 2 ? 2 : argc; words >= 1; words--) {
        for (size_t i = 0; i < n_commands; i++) {
            const char *space = strchr(commands[i].words, ' ');
            size_t first = space ? (size_t)(space - commands[i].words) : strlen(commands[i].words);

            if ((words == 2) != (space != NULL) || strlen(argv[0]) != first ||
                strncmp(argv[0], commands[i].words, first) != 0 ||
                (space && strcmp(argv[1], space + 1) != 0))
                continue;
            *ret_words = words;
            return &commands[i];
        }
    }
    return NULL;
}
