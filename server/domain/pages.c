/*
 * pages.c - the tables as a clerk reads them: Markdown in Chinese, and a picture for Graphviz.
 * Generated, committed under api/, and compared by a test, so the page is never out of date.
 */
#include "domain/tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#include "base/base.h"

/* text that grows ----------------------------------------------------------------------------- */

struct page {
    struct arena *arena;
    char *text; /* NULL when memory is gone: the rest of the page is lost with it */
    size_t size, room;
};

static void page_open(struct page *page, struct arena *a)
{
    enum { FIRST_BYTES = 16384 };

    *page = (struct page){ .arena = a, .room = FIRST_BYTES };
    page->text = arena_alloc(a, page->room);
}

/* Makes room for size more bytes and a NUL. */
static void page_grow(struct page *page, size_t size)
{
    char *larger;

    if (page->size + size < page->room)
        return;
    page->room = 2 * (page->size + size);
    larger = arena_alloc(page->arena, page->room);
    if (larger)
        memcpy(larger, page->text, page->size);
    page->text = larger;
}

static void say(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct page *page, const char *format, ...)
{
    va_list values, again;
    int size;

    if (!page->text)
        return;
    va_start(values, format);
    va_copy(again, values);
    size = vsnprintf(NULL, 0, format, values);
    must(size >= 0);
    page_grow(page, (size_t)size);
    if (page->text) {
        (void)vsnprintf(page->text + page->size, (size_t)size + 1, format, again);
        page->size += (size_t)size;
    }
    va_end(again);
    va_end(values);
}

/* words for values ---------------------------------------------------------------------------- */

static const char *desk_zh(enum desk desk)
{
    static const char *const words[] = {
        [DESK_NOBODY] = "—",        [DESK_OFFICE] = "热线办",     [DESK_UNIT] = "处置单位",
        [DESK_LEADER] = "分管领导", [DESK_DISTRICT] = "区热线办",
    };
    return words[desk];
}

static const char *shown_zh(enum shown_as shown)
{
    static const char *const words[] = {
        [SHOWN_NONE] = "—",          [SHOWN_RECEIVED] = "已接收", [SHOWN_IN_PROGRESS] = "办理中",
        [SHOWN_ANSWERED] = "已答复", [SHOWN_CLOSED] = "已办结",   [SHOWN_WITHDRAWN] = "已撤回",
    };
    return words[shown];
}

static const char *hardness_zh(enum clock_hardness hardness)
{
    static const char *const words[] = {
        [CLOCK_HARD] = "硬时限（过时记超期）",
        [CLOCK_SOFT] = "软时限（只提醒）",
        [CLOCK_WINDOW] = "窗口期（过时不再受理申请）",
        [CLOCK_WATCH] = "仅提示",
    };
    return words[hardness];
}

static void say_clocks(struct page *page, uint32_t set)
{
    const char *before = "";

    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        if (!(set & 1u << kind))
            continue;
        say(page, "%s%s", before, clocks[kind].zh);
        before = "、";
    }
    if (!set)
        say(page, "—");
}

static void say_states(struct page *page, uint32_t set)
{
    const char *before = "";

    for (int state = 0; state < ORDER_STATE_MAX; state++) {
        if (!(set & 1u << state))
            continue;
        say(page, "%s%s", before, states[state].zh);
        before = "、";
    }
}

static void say_roles(struct page *page, uint32_t set)
{
    const char *before = "";

    for (int role = 1; role < ROLE_MAX; role++) {
        if (!(set & ROLES(role)))
            continue;
        say(page, "%s%s", before, role_names[role].zh);
        before = "、";
    }
}

static void say_length(struct page *page, const struct length *length)
{
    if (length->amount == 0)
        say(page, "无");
    else if (length->unit == LENGTH_WORKING_DAYS)
        say(page, "%d个工作日", (int)length->amount);
    else if (length->unit == LENGTH_WORKING_MINUTES)
        say(page, "%d分钟（办公时间内）", (int)length->amount);
    else
        say(page, "%d分钟（自然时间）", (int)length->amount);
}

static void say_minute(struct page *page, int32_t minute)
{
    say(page, "%02d:%02d", (int)minute / 60, (int)minute % 60);
}

static void say_rung(struct page *page, const struct rung *rung)
{
    switch (rung->at) {
    case RUNG_ARMED:
        say(page, "开始计算时");
        break;
    case RUNG_HALF:
        say(page, "办公时间用去一半时");
        break;
    case RUNG_LAST_DAY:
        say(page, "最后一个工作日");
        say_minute(page, rung->amount);
        break;
    case RUNG_BEFORE_DUE:
        say(page, "到期前%d分钟（办公时间内）", (int)rung->amount);
        break;
    case RUNG_DUE:
        say(page, "到期时");
        break;
    default:
        say(page, "过期满%d个工作日", (int)rung->amount);
        break;
    }
}

/* chapters ------------------------------------------------------------------------------------ */

static void chapter_states(struct page *page)
{
    say(page, "## 一、工单状态\n\n"
              "状态回答“现在该谁办”。进入一个状态时，既不在“计时”也不在“暂停”之列的时限一律作废，"
              "流转表另有规定的除外。\n\n"
              "| 状态 | 代码 | 该谁办 | 计时 | 暂停（到期时间保留） | 对外状态 | 终态 |\n"
              "|---|---|---|---|---|---|---|\n");
    for (int state = 1; state < ORDER_STATE_MAX; state++) {
        const struct state_row *row = &states[state];

        if (!row->name)
            continue;
        say(page, "| %s | `%s` | %s | ", row->zh, row->name, desk_zh(row->acts));
        say_clocks(page, row->runs);
        say(page, " | ");
        say_clocks(page, row->holds);
        say(page, " | %s | %s |\n", shown_zh(row->shown_as), row->final ? "是" : "");
    }
}

static void say_row_clocks(struct page *page, const struct lifecycle_row *row)
{
    const struct {
        const char *zh;
        uint32_t set;
    } parts[] = {
        { "开始", row->start },  { "重新开始", row->restart }, { "暂停", row->pause },
        { "继续", row->resume }, { "完成", row->meet },
    };
    const char *before = "";

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!parts[i].set)
            continue;
        say(page, "%s%s：", before, parts[i].zh);
        say_clocks(page, parts[i].set);
        before = "；";
    }
    if (!before[0])
        say(page, "—");
}

static void say_provided(struct page *page, const struct lifecycle_row *row)
{
    for (size_t i = 0; row->provided[i]; i++)
        say(page, "%s%s", i > 0 ? "；" : "", row->provided[i]->zh);
    if (!row->provided[0])
        say(page, "—");
}

static void chapter_lifecycle(struct page *page)
{
    say(page, "\n## 二、流转表\n\n"
              "同一状态、同一操作、同一角色有几行的，自上而下取第一个“情形”成立的一行。\n\n"
              "| 编号 | 现状态 | 操作 | 谁 | 情形 | 须满足 | 之后 | 时限 | 条款 | 说明 |\n"
              "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        if (row->number > 0)
            say(page, "| T%02u | ", row->number);
        else
            say(page, "| — | ");
        say_states(page, row->when);
        say(page, " | %s | ", commands[row->command].zh);
        say_roles(page, row->by);
        say(page, " | %s | ", row->given ? row->given_zh : "—");
        say_provided(page, row);
        say(page, " | %s | ", row->then ? states[row->then].zh : "不变");
        say_row_clocks(page, row);
        say(page, " | %s | %s |\n", row->article, row->zh);
    }
}

static void say_clock_length(struct page *page, enum clock_kind kind, const struct rules *rules)
{
    static const char *const classes[] = { "1日件：", "；5日件：", "；10日件：" };
    const struct clock_rules *clock = &rules->clocks[kind];

    if (!clocks[kind].by_class) {
        say_length(page, &clock->length);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        say(page, "%s", classes[i]);
        say_length(page, &clock->by_class[i]);
    }
}

static void chapter_clocks(struct page *page, const struct rules *rules)
{
    say(page, "\n## 三、时限\n\n规则数据：`%s` 第%u版，依据：%s。办公时间", rules->id,
        rules->version, rules->basis);
    say_minute(page, rules->opening_minute);
    say(page, "至");
    say_minute(page, rules->closing_minute);
    say(page,
        "。收到当日不计，按工作日计算的时限至最后一日%s止。\n\n"
        "| 时限 | 代码 | 性质 | 时长 | 起算 | 责任方 | 条款 |\n|---|---|---|---|---|---|---|\n",
        rules->ends_at_closing ? "下班" : "24:00");
    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock_row *row = &clocks[kind];

        say(page, "| %s | `%s` | %s | ", row->zh, row->name, hardness_zh(row->hardness));
        say_clock_length(page, (enum clock_kind)kind, rules);
        say(page, " | %s | %s | %s |\n", row->from, desk_zh(row->owner), row->article);
    }
    say(page,
        "\n先行联系：未接通%d次、每次间隔至少%d分钟，视为完成（记未接通）。"
        "回访：在不同半天未接通%d次，本轮结束（记未接通）。%s。\n",
        (int)rules->contact_attempts, (int)rules->contact_gap_minutes, (int)rules->visit_attempts,
        rules->visit_before_submit ? "先回访，后报区" : "审核通过后即可报区，不必先回访");
}

static void chapter_ladder(struct page *page, const struct rules *rules)
{
    say(page,
        "\n## 四、提醒阶梯\n\n"
        "提醒只在办公时间内发出（紧急工单除外），每一级只发一次；几级同时到点的，只发最新一级。"
        "暂定时限（年度日历未入库）只提醒到期之前的各级，不记超期。\n\n"
        "| 时限 | 级 | 何时 | 提醒谁 |\n|---|---|---|---|\n");
    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct ladder *ladder = &rules->clocks[kind].ladder;

        for (size_t i = 0; i < ladder->n_rungs; i++) {
            say(page, "| %s | R%zu | ", clocks[kind].zh, i);
            say_rung(page, &ladder->rungs[i]);
            say(page, " | ");
            say_roles(page, ladder->rungs[i].to);
            say(page, " |\n");
        }
    }
}

/* Each guard once, where it is first asked. */
static bool named_before(const struct guard *guard, size_t row, size_t place)
{
    for (size_t i = 0; i <= row; i++)
        for (size_t k = 0; k < (i < row ? GUARDS_A_ROW : place) && lifecycle[i].provided[k]; k++)
            if (lifecycle[i].provided[k] == guard)
                return true;
    return false;
}

static void chapter_refusals(struct page *page)
{
    say(page, "\n## 五、不予办理的答复\n\n"
              "| 须满足 | 不满足时的答复 | 代码 | 条款 |\n|---|---|---|---|\n");
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct guard *const *provided = lifecycle[i].provided;

        for (size_t k = 0; provided[k]; k++) {
            const struct fault *fault = fault_of(provided[k]->fault);

            if (!named_before(provided[k], i, k))
                say(page, "| %s | %s | `%s` | %s |\n", provided[k]->zh, fault->zh, fault->reason,
                    fault->article);
        }
    }
    say(page, "\n现状态没有的操作，一律答复“%s”（`%s`），并列出现在可以做的操作。\n",
        fault_of(FAULT_WRONG_STATE)->zh, fault_of(FAULT_WRONG_STATE)->reason);
}

static void chapter_grid(struct page *page)
{
    say(page, "\n## 六、状态与操作对照\n\n| 操作 |");
    for (int state = 0; state < ORDER_STATE_MAX; state++)
        if (states[state].name)
            say(page, " %s |", states[state].zh);
    say(page, "\n|---|");
    for (int state = 0; state < ORDER_STATE_MAX; state++)
        if (states[state].name)
            say(page, "---|");
    for (int command = 1; command < COMMAND_MAX; command++) {
        say(page, "\n| %s |", commands[command].zh);
        for (int state = 0; state < ORDER_STATE_MAX; state++)
            if (states[state].name)
                say(page, " %s |",
                    lifecycle_roles(1u << state, (enum command_kind)command) ? "可" : "");
    }
    say(page, "\n");
}

const char *lifecycle_page_zh(const struct rules *rules, struct arena *a)
{
    struct page page;

    page_open(&page, a);
    say(&page, "# 工单流转一览\n\n"
               "本页由程序的数据表生成（`server/domain/`、`server/data/rules.yaml`），请勿手改；"
               "测试会核对它是否最新。条款指《友谊路街道“12345”市民服务热线管理实施办法》。\n\n");
    chapter_states(&page);
    chapter_lifecycle(&page);
    chapter_clocks(&page, rules);
    chapter_ladder(&page, rules);
    chapter_refusals(&page);
    chapter_grid(&page);
    return page.text;
}

/* the picture --------------------------------------------------------------------------------- */

static const char *colour_of(enum desk desk)
{
    static const char *const colours[] = {
        [DESK_NOBODY] = "gray90",    [DESK_OFFICE] = "lightyellow", [DESK_UNIT] = "lightblue",
        [DESK_LEADER] = "lightpink", [DESK_DISTRICT] = "palegreen",
    };
    return colours[desk];
}

const char *lifecycle_picture(struct arena *a)
{
    struct page page;

    page_open(&page, a);
    say(&page, "// Generated from server/domain; a test keeps it current.\n"
               "digraph lifecycle {\n"
               "    rankdir=TB;\n    node [shape=box, style=\"rounded,filled\"];\n");
    for (int state = 0; state < ORDER_STATE_MAX; state++)
        if (states[state].name)
            say(&page, "    %s [label=\"%s\", fillcolor=%s%s];\n", states[state].name,
                states[state].zh, colour_of(states[state].acts),
                states[state].final ? ", peripheries=2" : "");
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        for (int state = 0; row->then && state < ORDER_STATE_MAX; state++)
            if (row->when & 1u << state)
                say(&page, "    %s -> %s [label=\"T%02u %s%s%s\"];\n", states[state].name,
                    states[row->then].name, row->number, commands[row->command].zh,
                    row->given ? "\\n" : "", row->given ? row->given_zh : "");
    }
    say(&page, "}\n");
    return page.text;
}
