#!/usr/bin/python3
"""What is refused, and how: the table "Bad input", row by row."""
import glob
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline.v1 import calendar_pb2 as calendar_pb, directory_pb2 as directory_pb
from hotline_server import CODE, PARENT, SOURCE, Caller, at, new_id, refusal_of, refused
from order_life import (
    COMMANDS, MAIN_ROAD, Life, OfficeCase, caller, dispatch_pb, handling_pb, intake_pb, method_of,
    pb, read_pb, reception, request_for, unit)

OFFICE, UNIT = {"c01", "c02"}, {"s-U01", "h-U01"}
WHO_MAY = {
    "AcceptOrder": OFFICE, "DispatchOrder": OFFICE, "TakeOrder": UNIT,
    "RecordContact": OFFICE | UNIT | {"grid"}, "RecordProgress": UNIT | {"grid"},
    "SubmitReply": UNIT, "AcceptReply": OFFICE, "RejectReply": OFFICE, "RecordVisit": OFFICE,
    "RecordVisitAttempt": OFFICE, "SubmitClosing": OFFICE, "RecordClosing": {"district"}}
EVERYBODY = sorted(OFFICE | UNIT | {"grid", "s-U02", "s-J01", "l", "uoc", "auditor", "district",
                                    "admin"})
SERVICES = {"intake": "IntakeService", "dispatch": "DispatchService",
            "handling": "HandlingService", "review": "ReviewService",
            "visit": "ReturnVisitService"}


class Refusals(OfficeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for staff, role, where in (("grid", 6, "U01"), ("l", 9, ""), ("uoc", 4, ""),
                                   ("auditor", 13, "")):
            cls.server.appoint(staff, role, where)

    def raw(self, command, message, who="c01", bytes_from=b"", bytes_to=b""):
        """The Refusal of a call whose bytes are not what Python would send."""
        service = SERVICES[COMMANDS[command][0]] if command in COMMANDS else "IntakeService"
        call = caller(self.server, who).channel.unary_unary(f"/hotline.v1.{service}/{command}")
        self.assertEqual(len(bytes_from), len(bytes_to))
        sent = message.SerializeToString()
        self.assertEqual(sent.count(bytes_from), 1 if bytes_from else len(sent) + 1)
        return refusal_of(call, sent.replace(bytes_from, bytes_to) if bytes_from else sent)

    def assert_invalid(self, refusal, *fields):
        self.assertEqual((refusal.code, refusal.reason), ("INVALID_ARGUMENT", "REQUEST_INVALID"))
        self.assertEqual(refusal.fields, list(fields))
        for said in refusal.said.values():
            zh, _, en = said.partition(" / ")
            self.assertTrue(zh and en.isascii(), said)

    # who ----------------------------------------------------------------------------------------

    def test_a_role_that_may_not_is_told_so_whatever_the_state(self):
        life = Life(self.server).receive().go("DispatchOrder")
        for command, may in WHO_MAY.items():
            for who in EVERYBODY:
                side = dict(side=2) if command == "RecordContact" and who not in OFFICE else {}
                try:
                    life.give(command, who, validate_only=True, **side)
                    code = "OK"
                except grpc.RpcError as error:
                    code = error.code().name
                self.assertEqual(code == "PERMISSION_DENIED", who not in may, f"{command} by {who}")

    def test_who_delivers_is_the_district_alone(self):
        for who in EVERYBODY:
            if who != "district":
                self.assertEqual(
                    refused(caller(self.server, who).intake.ReceiveOrder,
                            reception("X1", self.server.now())), "PERMISSION_DENIED", who)

    def test_unknown_and_foreign_orders_look_alike_to_whom_the_right_depends_on_the_order(self):
        foreign, unknown = Life(self.server).receive(), Life(self.server)
        foreign.go("DispatchOrder")
        unknown.name = f"{PARENT}/orders/0SS0000000000000"
        for who in ("s-J01", "h-J01", "l"):
            for ask in (lambda life: life.order(who), lambda life: life.timeline(who),
                        lambda life: life.available(who), lambda life: life.explain(6, who)):
                told = [refusal_of(ask, life) for life in (foreign, unknown)]
                self.assertEqual(told[0].reason, "PERMISSION_DENIED")
                self.assertEqual(vars(told[0]), vars(told[1]))
        for command, side in (("TakeOrder", {}), ("RecordContact", dict(side=2)),
                              ("RecordProgress", {}), ("SubmitReply", {})):
            told = [refusal_of(life.give, command, "s-J01", **side) for life in (foreign, unknown)]
            self.assertEqual(told[0].reason, "PERMISSION_DENIED")
            self.assertEqual(vars(told[0]), vars(told[1]), command)

    def test_what_is_unknown_is_not_found_by_who_may_see_all(self):
        unknown = Life(self.server)
        unknown.name = f"{PARENT}/orders/0SS0000000000000"
        for who in ("c01", "c02", "uoc", "auditor", "district"):
            self.assertEqual(refusal_of(unknown.order, who).code, "NOT_FOUND")
            self.assertEqual(refused(unknown.order, who), "ORDER_NOT_FOUND")
        for command in sorted(WHO_MAY):
            if WHO_MAY[command] & OFFICE:
                self.assertEqual(refused(unknown.give, command, "c01"), "ORDER_NOT_FOUND")
        self.assertEqual(refused(self.server.admin.directory.GetUnit, directory_pb.GetUnitRequest(
            name=unit("nowhere"))), "UNIT_NOT_FOUND")

    def test_who_acts_must_be_said_and_known(self):
        life = Life(self.server).receive()
        get = read_pb.GetOrderRequest(name=life.name)
        nobody = refusal_of(Caller(self.server.channel("backend")).order.GetOrder, get)
        self.assertEqual((nobody.code, nobody.reason), ("UNAUTHENTICATED", "PERSON_REQUIRED"))
        self.assertEqual(refused(life.order, "stranger"), "PERSON_UNKNOWN")
        probe = refusal_of(Caller(self.server.channel("probe")).order.GetOrder, get)
        self.assertEqual(probe.code, "PERMISSION_DENIED")
        elsewhere = life.name.replace(CODE, "310113004")
        self.assertEqual(refused(caller(self.server, "c01").order.GetOrder,
                                 read_pb.GetOrderRequest(name=elsewhere)), "SUBDISTRICT_UNKNOWN")

    # the lifecycle ------------------------------------------------------------------------------

    def test_a_command_the_state_does_not_allow_says_what_is_allowed(self):
        life = Life(self.server).receive()
        for step in [None] + MAIN_ROAD:
            if step:
                life.give(step)
            state = pb.OrderState.Name(life.order().state)[len("ORDER_STATE_"):]
            for command in WHO_MAY:
                who = COMMANDS[command][1]
                if who == "s-U01" and not life.order().HasField("assignment"):
                    continue
                allowed = life.available(who)
                if command in allowed:
                    continue
                refusal = refusal_of(life.give, command)
                if refusal.reason in ("VISIT_REQUIRED", "VISIT_DONE"):  # the state would allow it
                    continue
                self.assertEqual((refusal.code, refusal.reason),
                                 ("FAILED_PRECONDITION", "WRONG_STATE"), f"{command} in {state}")
                self.assertEqual(refusal.facts["state"], state)
                self.assertTrue(refusal.facts["article"])
                named = set(filter(None, refusal.facts["allowed_commands"].split(",")))
                self.assertEqual(named - {"AcknowledgeReminder", "AmendOrder"}, set(allowed))
                self.assertEqual(set(refusal.texts), {"zh-CN", "en"})
                self.assertIn("状态", refusal.texts["zh-CN"])
                self.assertTrue(refusal.texts["en"].isascii())
                self.assertIsNone(refusal.retry_seconds)

    def test_a_refused_command_changes_nothing(self):
        life = Life(self.server).receive().go("DispatchOrder")
        before, history = life.order(), life.timeline()
        for command in ("AcceptOrder", "DispatchOrder", "AcceptReply", "SubmitClosing"):
            self.assertEqual(refused(life.give, command), "WRONG_STATE")
        self.assertEqual((life.order(), life.timeline()), (before, history))

    # fields -------------------------------------------------------------------------------------

    def test_missing_fields_are_all_named(self):
        receive = self.server.district.intake.ReceiveOrder
        self.assert_invalid(
            refusal_of(receive, intake_pb.ReceiveOrderRequest(parent=PARENT)), "request_id",
            "district_number", "channel", "category", "received_time", "text", "citizen")
        life = Life(self.server).receive()
        empty = {command: COMMANDS[command][2](name=life.name) for command in COMMANDS}
        for command, fields in (
                ("AcceptOrder", ["category", "matter"]), ("DispatchOrder", ["statutory"]),
                ("RecordContact", ["side", "channel", "result", "contact_time"]),
                ("RejectReply", ["reasons", "text"]),
                ("RecordClosing", ["registration_number", "registration_time"])):
            refusal = refusal_of(method_of(self.server, command), empty[command])
            self.assert_invalid(refusal, "request_id", *fields)
        visit = request_for("RecordVisit", life.name, self.server.now(),
                            satisfaction=pb.SatisfactionIndicator(attitude=1))
        self.assert_invalid(refusal_of(method_of(self.server, "RecordVisit"), visit),
                            "satisfaction.handling", "satisfaction.bad_attitude",
                            "satisfaction.understanding_sought")

    def test_text_that_is_no_utf_8_or_holds_a_nul_is_named(self):
        now = self.server.now()
        for wrong in (b"\xff\xfe\xfd\xfc", b"\xc0\xaf\xe4\xbd", b"\xed\xa0\x80x", b"ab\x00c"):
            for field, content in (
                    ("text.content", dict(text=pb.OrderText(title="题", content="QQQQ"))),
                    ("citizen.name", dict(citizen=pb.Citizen(kind=1, name="QQQQ"))),
                    ("place.address", dict(place=pb.Place(address="QQQQ"))),
                    ("related_district_numbers", dict(related_district_numbers=["QQQQ"]))):
                refusal = self.raw("ReceiveOrder", reception("N1", now, **content), "district",
                                   b"QQQQ", wrong)
                self.assert_invalid(refusal, field)

    def test_values_out_of_range_are_named(self):
        life, now = Life(self.server).receive(), self.server.now()
        for value in (99, -1, 5):
            refusal = refusal_of(life.give, "AcceptOrder", category=value)
            self.assert_invalid(refusal, "category")
        self.assert_invalid(refusal_of(life.give, "RejectReply", reasons=[6, 77]), "reasons[1]")
        wild = reception("N2", now)
        wild.received_time.seconds = -1
        self.assert_invalid(refusal_of(self.server.district.intake.ReceiveOrder, wild),
                            "received_time")
        orders = caller(self.server, "c01").order
        self.assert_invalid(refusal_of(orders.ListOrders, read_pb.ListOrdersRequest(
            parent=PARENT, page_size=201)), "page_size")
        self.assert_invalid(refusal_of(life.give, "DispatchOrder", statutory=(
            dispatch_pb.StatutoryDispatch(main_unit=unit("U01"), legal_basis="职责",
                                          limit_class=3))), "statutory.limit_class")
        for request_id in ("x", "0" * 36, new_id() + "0", "{" + new_id()[1:]):
            self.assert_invalid(refusal_of(life.give, "AcceptOrder", request_id=request_id),
                                "request_id")
        self.assert_invalid(refusal_of(method_of(self.server, "TakeOrder"), handling_pb.
                                       TakeOrderRequest(name="orders/1", request_id=new_id())),
                            "name")

    def test_times_that_cannot_be_are_refused(self):
        life, now = Life(self.server).receive().go("TakeOrder"), self.server.now()
        later = type(now)(seconds=now.seconds + 3600)
        earlier = type(now)(seconds=now.seconds - 3600)
        for when in (later, earlier):
            self.assertEqual(refusal_of(life.give, "RecordContact", contact_time=when).code,
                             "INVALID_ARGUMENT")
            answer = pb.CitizenAnswer(channel=1, answer_time=when, summary="已答复")
            self.assertEqual(refused(life.give, "SubmitReply", answer=answer),
                             "CITIZEN_NOT_ANSWERED")
        self.assertEqual(refusal_of(life.give, "RecordProgress", progress_time=later).code,
                         "INVALID_ARGUMENT")
        future = reception("N3", type(now)(seconds=now.seconds + 301))
        self.assertEqual(refusal_of(self.server.district.intake.ReceiveOrder, future).fields,
                         ["received_time"])
        old = reception("N4", at("2019-06-03 10:00"))
        self.assertEqual(refused(self.server.district.intake.ReceiveOrder, old),
                         "YEAR_UNSUPPORTED")
        life.go("AcceptReply")
        self.assertEqual(refused(life.give, "RecordVisit", visit_time=earlier),
                         "VISIT_BEFORE_REVIEW")

    def test_bytes_that_are_no_message_are_refused(self):
        call = caller(self.server, "c01").channel.unary_unary(
            "/hotline.v1.HandlingService/TakeOrder")
        for junk in (b"\xff" * 20, b"\x0a\x7f", b"\x0a\xff\xff\xff\xff\x0f"):
            self.assertEqual(refused(call, junk), "REQUEST_UNREADABLE")
        gone = caller(self.server, "c01").channel.unary_unary("/hotline.v1.HandlingService/Drop")
        self.assertEqual(refusal_of(gone, b"").code, "UNIMPLEMENTED")

    # the request id -----------------------------------------------------------------------------

    def test_a_request_id_with_another_body_is_refused(self):
        life, request_id = Life(self.server).receive(), new_id()
        life.give("AcceptOrder", request_id=request_id)
        for content in (dict(category=2), dict(matter=pb.Matter(code="010102"))):
            refusal = refusal_of(life.give, "AcceptOrder", request_id=request_id, **content)
            self.assertEqual((refusal.code, refusal.reason),
                             ("INVALID_ARGUMENT", "REQUEST_ID_REUSED"))
        self.assertEqual(refused(life.give, "RecordContact", request_id=request_id),
                         "REQUEST_ID_REUSED")

    # limits -------------------------------------------------------------------------------------

    def test_a_message_over_the_limit_is_refused_before_it_is_read(self):
        life = Life(self.server).receive()
        for size in (1024 * 1024, 3 * 1024 * 1024):
            huge = handling_pb.RecordProgressRequest(name=life.name, text="x" * size)
            refusal = refusal_of(caller(self.server, "c01").handling.RecordProgress, huge)
            self.assertEqual(refusal.code, "RESOURCE_EXHAUSTED", size)
        self.assertEqual(life.order().event_count, 1)

    # the calendar -------------------------------------------------------------------------------

    def test_a_calendar_with_a_wrong_day_is_refused_and_the_old_one_stays(self):
        calendar = self.server.person("c02").calendar
        get = calendar_pb.GetCalendarRequest(parent=PARENT, years=[2026])
        loaded = calendar.GetCalendar(get).years[0]

        def put(**changes):
            year = calendar_pb.CalendarYear()
            year.CopyFrom(loaded)
            year.ClearField("note")
            for field, extra in changes.items():
                getattr(year, field).append(extra)
            return calendar.PutCalendarYear(calendar_pb.PutCalendarYearRequest(
                name=f"{PARENT}/calendars/2026", request_id=new_id(), etag=loaded.etag,
                calendar_year=year))

        off, work = len(loaded.off_dates), len(loaded.work_dates)
        for changes, field in ((dict(work_dates="2026-02-30"), f"work_dates[{work}]"),
                               (dict(work_dates="2026-03-03"), f"work_dates[{work}]"),
                               (dict(work_dates="2026-10-01"), f"work_dates[{work}]"),
                               (dict(off_dates="2027-01-01"), f"off_dates[{off}]"),
                               (dict(off_dates="2026-02-16"), f"off_dates[{off}]"),
                               (dict(off_dates="2026-2-3"), f"off_dates[{off}]")):
            refusal = refusal_of(put, **changes)
            self.assertEqual((refusal.code, refusal.reason),
                             ("INVALID_ARGUMENT", "CALENDAR_INVALID"))
            self.assertIn(f"calendar_year.{field}", refusal.fields, changes)
        self.assertEqual(calendar.GetCalendar(get).years[0], loaded)

    def test_a_wrong_state_cites_the_article_of_what_was_asked(self):
        life = Life(self.server).receive()
        self.assertEqual(refusal_of(life.give, "SubmitClosing").facts["article"], "10")

    def test_every_reason_the_contract_names_exists(self):
        with open(os.path.join(SOURCE, "server/base/faults.def"), encoding="utf-8") as file:
            known = set(re.findall(r"^FAULT\((\w+), STATUS_(\w+)", file.read(), re.M))
        known = {word for row in known for word in row}
        unknown = set()
        for path in glob.glob(os.path.join(SOURCE, "api/hotline/*/*.proto")):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"\n\s*//", "", file.read())
            for said in re.findall(r"Refusals[^:]{0,60}: ([^\u4e00-\u9fff]*)", text):
                unknown |= set(re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)+\b", said)) - known
        self.assertEqual(unknown - {"CONDITIONS_NOT_RIPE", "HAS_PLAN"}, set())


if __name__ == "__main__":
    unittest.main()
