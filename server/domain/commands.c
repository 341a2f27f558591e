/* commands.c - the words for what can be asked, and for who asks (DOMAIN 1.19). */
#include "domain/tables.h"

#include "base/base.h"

/* clang-format off */
const struct command_row commands[COMMAND_MAX] = {
    [COMMAND_RECEIVE_ORDER]        = {"ReceiveOrder",        "接收工单",   "receive order"},
    [COMMAND_AMEND_ORDER]          = {"AmendOrder",          "变更工单",   "amend order"},
    [COMMAND_ACCEPT_ORDER]         = {"AcceptOrder",         "受理",       "accept order"},
    [COMMAND_DISPATCH_ORDER]       = {"DispatchOrder",       "派发",       "dispatch order"},
    [COMMAND_TAKE_ORDER]           = {"TakeOrder",           "接单",       "take order"},
    [COMMAND_RECORD_CONTACT]       = {"RecordContact",       "登记联系",   "record contact"},
    [COMMAND_RECORD_PROGRESS]      = {"RecordProgress",      "登记进展",   "record progress"},
    [COMMAND_SUBMIT_REPLY]         = {"SubmitReply",         "提交回复",   "submit reply"},
    [COMMAND_ACCEPT_REPLY]         = {"AcceptReply",         "审核通过",   "accept reply"},
    [COMMAND_REJECT_REPLY]         = {"RejectReply",         "审核退回",   "reject reply"},
    [COMMAND_RECORD_VISIT_ATTEMPT] = {"RecordVisitAttempt",  "登记回访未接通", "record visit attempt"},
    [COMMAND_RECORD_VISIT]         = {"RecordVisit",         "登记回访",   "record visit"},
    [COMMAND_SUBMIT_CLOSING]       = {"SubmitClosing",       "报区",       "submit to the district"},
    [COMMAND_RECORD_CLOSING]       = {"RecordClosing",       "结案登记",   "record closing"},
    [COMMAND_ACKNOWLEDGE_REMINDER] = {"AcknowledgeReminder", "确认提醒",   "acknowledge reminder"},
    [COMMAND_FIRE_TIMER]           = {"FireTimer",           "定时器到点", "timer fires"},
};

const struct role_row role_names[ROLE_MAX] = {
    [ROLE_DISTRICT_SYNC]    = {"DISTRICT_SYNC",    "区热线办系统",   "district system"},
    [ROLE_OFFICE_CLERK]     = {"OFFICE_CLERK",     "热线办经办人",   "office clerk"},
    [ROLE_OFFICE_HEAD]      = {"OFFICE_HEAD",      "热线办负责人",   "office head"},
    [ROLE_UOC_HEAD]         = {"UOC_HEAD",         "城运中心负责人", "head of the Urban Operation Centre"},
    [ROLE_SPECIALIST]       = {"SPECIALIST",       "热线专员",       "specialist"},
    [ROLE_GRID_WORKER]      = {"GRID_WORKER",      "网格员",         "grid worker"},
    [ROLE_UNIT_HEAD_1]      = {"UNIT_HEAD_1",      "第一责任人",     "first responsible person"},
    [ROLE_UNIT_HEAD_2]      = {"UNIT_HEAD_2",      "第二责任人",     "second responsible person"},
    [ROLE_LEADER_IN_CHARGE] = {"LEADER_IN_CHARGE", "分管领导",       "leader in charge"},
    [ROLE_MAIN_LEADER]      = {"MAIN_LEADER",      "街道主要领导",   "main leader"},
    [ROLE_PGO]              = {"PGO",              "党政办",         "party-government office"},
    [ROLE_DISCIPLINE]       = {"DISCIPLINE",       "纪工委（监察办）", "discipline commission"},
    [ROLE_AUDITOR]          = {"AUDITOR",          "审计员",         "auditor"},
    [ROLE_SCREEN]           = {"SCREEN",           "大屏",           "screen"},
    [ROLE_ADMIN]            = {"ADMIN",            "系统管理员",     "administrator"},
    [ROLE_TIMER]            = {"TIMER",            "定时器",         "timer"},
};
/* clang-format on */
