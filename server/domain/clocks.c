/*
 * clocks.c - what each time limit is for (DOMAIN 2.5). Its length and its reminders are rule data
 * (server/data/rules.yaml), not code.
 */
#include "domain/tables.h"

#include "base/base.h"

/* clang-format off */
const struct clock_row clocks[CLOCK_MAX] = {
    [CLOCK_ACCEPT] = {
        .name = "ACCEPT", .zh = "受理时限", .en = "acceptance", .article = "6",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自本系统收到工单时起",
    },
    [CLOCK_CONTACT] = {
        .name = "CONTACT", .zh = "先行联系时限", .en = "first contact", .article = "8(1)",
        .hardness = CLOCK_HARD, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自热线办收到区热线办工单之日的次一工作日起",
    },
    [CLOCK_ORDER] = {
        .name = "ORDER", .zh = "工单总时限", .en = "whole order", .article = "8(2)",
        .hardness = CLOCK_WATCH, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自热线办收到区热线办工单之日的次一工作日起，仅提示，不计入单位考核",
    },
    [CLOCK_DISPATCH] = {
        .name = "DISPATCH", .zh = "派发时限", .en = "dispatch", .article = "6",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自受理时起",
    },
    [CLOCK_TAKE] = {
        .name = "TAKE", .zh = "接单时限", .en = "taking", .article = "12(2)",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ASSIGNMENT, .owner = DESK_UNIT,
        .from = "自工单送达处置单位时起",
    },
    [CLOCK_HANDLE] = {
        .name = "HANDLE", .zh = "办理时限", .en = "handling", .article = "8(2)",
        .hardness = CLOCK_HARD, .scope = SCOPE_ASSIGNMENT, .owner = DESK_UNIT, .by_class = true,
        .from = "自工单送达处置单位之日的次一工作日起，不因未接单而推迟",
    },
    [CLOCK_EXTENSION_WINDOW] = {
        .name = "EXTENSION_WINDOW", .zh = "延期申请窗口", .en = "extension window", .article = "9",
        .hardness = CLOCK_WINDOW, .scope = SCOPE_ASSIGNMENT, .owner = DESK_UNIT, .by_class = true,
        .from = "自工单送达处置单位之日的次一工作日起",
    },
    [CLOCK_FIX] = {
        .name = "FIX", .zh = "补正时限", .en = "mending a rejected reply", .article = "10",
        .hardness = CLOCK_HARD, .scope = SCOPE_ASSIGNMENT, .owner = DESK_UNIT,
        .from = "自回复退回之日的次一工作日起，仅在办理时限已过时计算",
    },
    [CLOCK_REVIEW] = {
        .name = "REVIEW", .zh = "审核时限", .en = "review", .article = "10",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自处置单位提交回复之日的次一工作日起",
    },
    [CLOCK_VISIT] = {
        .name = "VISIT", .zh = "回访时限", .en = "return visit", .article = "11",
        .hardness = CLOCK_SOFT, .scope = SCOPE_VISIT, .owner = DESK_OFFICE,
        .from = "自审核通过之日的次一工作日起",
    },
    [CLOCK_SUBMIT] = {
        .name = "SUBMIT", .zh = "报区时限", .en = "submission to the district", .article = "10",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ORDER, .owner = DESK_OFFICE,
        .from = "自本轮回访完成之日的次一工作日起；规则为先报区时自审核通过起",
    },
    [CLOCK_DISTRICT] = {
        .name = "DISTRICT", .zh = "区结案登记时限", .en = "closing by the district", .article = "10",
        .hardness = CLOCK_SOFT, .scope = SCOPE_ORDER, .owner = DESK_DISTRICT,
        .from = "自报区热线办之日的次一工作日起",
    },
};
/* clang-format on */
