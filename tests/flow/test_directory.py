#!/usr/bin/python3
"""The directory desk over TLS on a real Redis: what is put comes back, whole, once, to who may."""
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline_server import PARENT, Server, at, new_id, reason_of, refused

from hotline.v1 import directory_pb2 as pb, order_service_pb2 as order_pb

CLERK, HEAD, SPECIALIST, UNIT_HEAD, LEADER, SCREEN = 2, 3, 5, 7, 9, 14
AREA, DEPARTMENT, EXTERNAL = 1, 2, 3


def put_unit(caller, code, etag="", validate_only=False, request_id=None, **content):
    content = {"display_name": f"单位{code}", "kind": DEPARTMENT, **content}
    return caller.directory.PutUnit(pb.PutUnitRequest(
        name=f"{PARENT}/units/{code}", request_id=request_id or new_id(), etag=etag,
        validate_only=validate_only, unit=pb.Unit(**content)))


def put_staff(caller, code, etag="", **content):
    return caller.directory.PutStaffMember(pb.PutStaffMemberRequest(
        name=f"{PARENT}/staff/{code}", request_id=new_id(), etag=etag,
        staff_member=pb.StaffMember(**{"display_name": code, **content})))


def put_appointment(caller, code, staff, role, unit="", since="2020-01-01 00:00", until=None,
                    etag=""):
    content = pb.Appointment(staff=f"{PARENT}/staff/{staff}", role=role, valid_from_time=at(since),
                             unit=f"{PARENT}/units/{unit}" if unit else "")
    if until:
        content.valid_until_time.CopyFrom(at(until))
    return caller.directory.PutAppointment(pb.PutAppointmentRequest(
        name=f"{PARENT}/appointments/{code}", request_id=new_id(), etag=etag, appointment=content))


def put_portfolio(caller, code, leader, units, since="2020-01-01 00:00", etag=""):
    return caller.directory.PutPortfolio(pb.PutPortfolioRequest(
        name=f"{PARENT}/portfolios/{code}", request_id=new_id(), etag=etag,
        portfolio=pb.Portfolio(leader=f"{PARENT}/staff/{leader}", valid_from_time=at(since),
                               units=[f"{PARENT}/units/{unit}" for unit in units])))


def get_unit(caller, code):
    return caller.directory.GetUnit(pb.GetUnitRequest(name=f"{PARENT}/units/{code}")).unit


def wrong_fields(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except grpc.RpcError as error:
        return reason_of(error)[0], reason_of(error)[2]
    raise AssertionError("the call was not refused")


class Directory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.server.found_office()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    # what is put comes back ------------------------------------------------------------------

    def test_every_field_of_every_entry_comes_back(self):
        admin = self.server.admin
        unit = put_unit(admin, "V1", display_name="城管执法中队" * 8, kind=EXTERNAL,
                        valid_from_time=at("2021-01-01 00:00"),
                        valid_until_time=at("2031-01-01 00:00"),
                        successor_unit=f"{PARENT}/units/U01", office_phone="021-56110000").unit
        self.assertEqual(unit, get_unit(admin, "V1"))
        self.assertEqual(unit.name, f"{PARENT}/units/V1")
        self.assertEqual(unit.display_name, "城管执法中队" * 8)
        self.assertEqual(unit.kind, EXTERNAL)
        self.assertEqual(unit.valid_until_time, at("2031-01-01 00:00"))
        self.assertEqual(unit.successor_unit, f"{PARENT}/units/U01")
        self.assertEqual(unit.office_phone, "021-56110000")
        self.assertEqual(unit.etag, "v1")
        self.assertTrue(unit.HasField("update_time"))
        member = put_staff(admin, "wu", display_name="吴某", staff_number="0007",
                           office_phone="56110001", valid_from_time=at("2022-01-01 00:00"),
                           valid_until_time=at("2032-01-01 00:00")).staff_member
        self.assertEqual(member, admin.directory.GetStaffMember(
            pb.GetStaffMemberRequest(name=f"{PARENT}/staff/wu")).staff_member)
        self.assertEqual((member.staff_number, member.office_phone), ("0007", "56110001"))
        appointment = put_appointment(admin, "a-wu", "wu", SPECIALIST, "U02",
                                      until="2030-01-01 00:00").appointment
        self.assertEqual(appointment, admin.directory.GetAppointment(
            pb.GetAppointmentRequest(name=f"{PARENT}/appointments/a-wu")).appointment)
        self.assertEqual(appointment.unit, f"{PARENT}/units/U02")
        portfolio = put_portfolio(admin, "p-wu", "wu", ["U02", "U01"]).portfolio
        self.assertEqual(portfolio, admin.directory.GetPortfolio(
            pb.GetPortfolioRequest(name=f"{PARENT}/portfolios/p-wu")).portfolio)
        self.assertEqual(portfolio.units, [f"{PARENT}/units/U02", f"{PARENT}/units/U01"])

    def test_the_same_content_changes_nothing_and_other_content_needs_the_etag(self):
        admin = self.server.admin
        first = put_unit(admin, "E1").unit
        self.assertEqual(put_unit(admin, "E1").unit, first)
        self.assertEqual(refused(put_unit, admin, "E1", office_phone="1"), "ETAG_MISMATCH")
        self.assertEqual(refused(put_unit, admin, "E1", etag="v2", office_phone="1"),
                         "ETAG_MISMATCH")
        second = put_unit(admin, "E1", etag=first.etag, office_phone="1").unit
        self.assertEqual(second.etag, "v2")
        self.assertEqual(refused(put_unit, admin, "E1", etag=first.etag, office_phone="2"),
                         "ETAG_MISMATCH")

    def test_a_request_id_is_answered_again_and_never_used_twice(self):
        admin, request_id = self.server.admin, new_id()
        first = put_unit(admin, "R1", request_id=request_id)
        again = put_unit(admin, "R1", request_id=request_id)
        self.assertFalse(first.replayed)
        self.assertTrue(again.replayed)
        self.assertEqual(again.unit, first.unit)
        self.assertEqual(refused(put_unit, admin, "R2", request_id=request_id),
                         "REQUEST_ID_REUSED")
        put_unit(admin, "R1", etag="v1", office_phone="3")
        again = put_unit(admin, "R1", request_id=request_id)
        self.assertTrue(again.replayed)
        self.assertEqual(again.unit.office_phone, "3", "shown as it stands now")
        self.assertEqual(refused(put_unit, admin, "R1", request_id=request_id, office_phone="4"),
                         "REQUEST_ID_REUSED")

    def test_validate_only_shows_what_would_be_and_stores_nothing(self):
        admin, request_id = self.server.admin, new_id()
        shown = put_unit(admin, "W1", validate_only=True, request_id=request_id).unit
        self.assertEqual((shown.etag, shown.display_name), ("v1", "单位W1"))
        self.assertEqual(refused(get_unit, admin, "W1"), "UNIT_NOT_FOUND")
        put_unit(admin, "W1", request_id=request_id)
        shown = put_unit(admin, "W1", etag="v1", validate_only=True, office_phone="9").unit
        self.assertEqual((shown.etag, shown.office_phone), ("v2", "9"))
        self.assertEqual(get_unit(admin, "W1").office_phone, "")
        self.assertEqual(refused(put_unit, admin, "W1", validate_only=True, office_phone="9"),
                         "ETAG_MISMATCH")

    def test_puts_at_the_same_time_are_all_kept(self):
        failed = []

        def put_many(first):
            for i in range(10):
                request_id = new_id()
                while True: # as clients do: ABORTED CONFLICT says that a retry may succeed
                    try:
                        put_unit(self.server.admin, f"C{first}-{i}", request_id=request_id)
                        break
                    except grpc.RpcError as error:
                        if reason_of(error)[0] != "CONFLICT":
                            failed.append(error)
                            return

        threads = [threading.Thread(target=put_many, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        for first in range(8):
            for i in range(10):
                self.assertEqual(get_unit(self.server.admin, f"C{first}-{i}").etag, "v1")

    # what is refused --------------------------------------------------------------------------

    def test_every_wrong_field_is_named(self):
        admin = self.server.admin
        self.assertEqual(wrong_fields(put_unit, admin, "U01", kind=AREA, display_name="单位U01",
                                      successor_unit=f"{PARENT}/units/nowhere"),
                         ("REQUEST_INVALID", ["unit.kind", "unit.successor_unit"]))
        self.assertEqual(wrong_fields(put_appointment, admin, "x", "nobody", SPECIALIST),
                         ("REQUEST_INVALID", ["appointment.staff", "appointment.unit"]))
        self.assertEqual(wrong_fields(put_appointment, admin, "x", "c01", SCREEN),
                         ("REQUEST_INVALID", ["appointment.role"]))
        self.assertEqual(wrong_fields(put_appointment, admin, "a-c01", "c02", CLERK),
                         ("REQUEST_INVALID", ["appointment.staff"]))
        self.assertEqual(wrong_fields(put_appointment, admin, "x", "c01", CLERK,
                                      until="2019-01-01 00:00"),
                         ("REQUEST_INVALID", ["appointment.valid_until_time"]))
        self.assertEqual(wrong_fields(put_portfolio, admin, "x", "c01", ["U01", "U01"]),
                         ("REQUEST_INVALID", ["portfolio.units[1]"]))
        self.assertEqual(wrong_fields(put_unit, admin, "long", display_name="长" * 51)[0],
                         "REQUEST_INVALID")

    def test_what_does_not_exist_is_not_found(self):
        directory = self.server.admin.directory
        for method, request, reason in (
                (directory.GetUnit, pb.GetUnitRequest(name=f"{PARENT}/units/no"), "UNIT"),
                (directory.GetStaffMember, pb.GetStaffMemberRequest(name=f"{PARENT}/staff/no"),
                 "STAFF"),
                (directory.GetAppointment,
                 pb.GetAppointmentRequest(name=f"{PARENT}/appointments/no"), "APPOINTMENT"),
                (directory.GetPortfolio,
                 pb.GetPortfolioRequest(name=f"{PARENT}/portfolios/no"), "PORTFOLIO")):
            self.assertEqual(refused(method, request), f"{reason}_NOT_FOUND")

    def test_only_the_head_and_the_administrator_write(self):
        self.assertEqual(put_unit(self.server.person("c02"), "H1").unit.etag, "v1")
        for caller in (self.server.person("c01"), self.server.person("s-U01"),
                       self.server.district):
            self.assertEqual(refused(put_unit, caller, "H2"), "PERMISSION_DENIED")
        self.assertEqual(get_unit(self.server.person("s-U01"), "U01").display_name, "单位U01")
        self.assertEqual(refused(get_unit, self.server.person("nobody"), "U01"), "PERSON_UNKNOWN")

    # lists ------------------------------------------------------------------------------------

    def all_units(self, page_size=0, **filters):
        found, token = [], ""
        while True:
            page = self.server.admin.directory.ListUnits(pb.ListUnitsRequest(
                parent=PARENT, page_size=page_size, page_token=token, **filters))
            self.assertLessEqual(len(page.units), page_size or 50)
            found += [unit.name.split("/")[-1] for unit in page.units]
            token = page.next_page_token
            if not token:
                return found

    def test_a_list_is_the_same_whatever_its_pages(self):
        for i in range(7):
            put_unit(self.server.admin, f"L{i}")
        whole = self.all_units(page_size=200)
        self.assertEqual(whole, sorted(whole))
        for page_size in (1, 3, 7, 50):
            self.assertEqual(self.all_units(page_size), whole)

    def test_lists_know_kinds_and_ends(self):
        admin = self.server.admin
        put_unit(admin, "K-past", kind=AREA, valid_until_time=at("2025-01-01 00:00"))
        put_unit(admin, "K-future", kind=AREA, valid_from_time=at("2029-01-01 00:00"))
        areas = self.all_units(kind=AREA)
        self.assertIn("K-future", areas)
        self.assertNotIn("K-past", areas)
        self.assertNotIn("U01", areas)
        self.assertIn("K-past", self.all_units(kind=AREA, include_ended=True))

    def test_a_page_token_serves_its_own_query_only(self):
        directory = self.server.admin.directory
        page = directory.ListUnits(pb.ListUnitsRequest(parent=PARENT, page_size=1))
        token = page.next_page_token
        self.assertEqual(refused(directory.ListUnits, pb.ListUnitsRequest(
            parent=PARENT, page_size=1, page_token=token, kind=AREA)), "PAGE_TOKEN_INVALID")
        self.assertEqual(refused(directory.ListStaffMembers, pb.ListStaffMembersRequest(
            parent=PARENT, page_token=token)), "PAGE_TOKEN_INVALID")
        self.assertEqual(refused(directory.ListUnits, pb.ListUnitsRequest(
            parent=PARENT, page_token=token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))),
            "PAGE_TOKEN_INVALID")
        directory.ListUnits(pb.ListUnitsRequest(parent=PARENT, page_size=9, page_token=token))

    def test_appointments_and_portfolios_are_found_by_what_they_say(self):
        admin = self.server.admin
        put_staff(admin, "leader")
        put_appointment(admin, "f-old", "leader", LEADER, since="2020-01-01 00:00",
                        until="2022-01-01 00:00")
        put_appointment(admin, "f-new", "leader", LEADER, since="2022-01-01 00:00")
        put_portfolio(admin, "f-p", "leader", ["U01", "J01"])

        def appointments(**filters):
            return [one.name.split("/")[-1] for one in admin.directory.ListAppointments(
                pb.ListAppointmentsRequest(parent=PARENT, **filters)).appointments]

        def portfolios(**filters):
            return [one.name.split("/")[-1] for one in admin.directory.ListPortfolios(
                pb.ListPortfoliosRequest(parent=PARENT, **filters)).portfolios]

        leader = f"{PARENT}/staff/leader"
        self.assertEqual(appointments(staff=leader), ["f-new"])
        self.assertEqual(appointments(staff=leader, valid_at_time=at("2021-12-31 23:59")),
                         ["f-old"])
        self.assertEqual(appointments(staff=leader, valid_at_time=at("2022-01-01 00:00")),
                         ["f-new"])
        self.assertEqual(appointments(staff=leader, include_ended=True), ["f-new", "f-old"])
        self.assertEqual(appointments(unit=f"{PARENT}/units/U01", role=UNIT_HEAD), ["a-h-U01"])
        self.assertIn("f-p", portfolios(unit=f"{PARENT}/units/J01"))
        self.assertEqual(portfolios(leader=leader), ["f-p"])
        self.assertEqual(portfolios(leader=leader, unit=f"{PARENT}/units/U02"), [])
        self.assertEqual(portfolios(leader=leader, valid_at_time=at("2019-01-01 00:00")), [])


class Rights(unittest.TestCase):
    """Rights follow what is valid now; what was put stays over a restart."""

    def test_a_right_ends_with_the_appointment_and_with_the_person(self):
        with Server() as server:
            server.found_office()
            admin = server.admin
            for staff in ("brief", "gone"):
                put_staff(admin, staff)
            put_appointment(admin, "a-brief", "brief", CLERK, until="2026-03-01 00:00")
            put_appointment(admin, "a-gone", "gone", CLERK)
            query = order_pb.ListOrdersRequest(parent=PARENT)
            for staff in ("brief", "gone"):
                server.person(staff).order.ListOrders(query)
            put_staff(admin, "gone", etag="v1", valid_until_time=at("2026-02-01 00:00"))
            self.assertEqual(refused(server.person("gone").order.ListOrders, query),
                             "PERSON_UNKNOWN")
            server.advance("2026-02-28 23:59")
            server.person("brief").order.ListOrders(query)
            server.advance("2026-03-01 00:00")
            self.assertEqual(refused(server.person("brief").order.ListOrders, query),
                             "PERSON_UNKNOWN")
            before = get_unit(admin, "U01")
            server.stop()
            server.start()
            self.assertEqual(get_unit(server.admin, "U01"), before)

    def test_a_second_server_sees_every_put_at_once(self):
        with Server() as first:
            first.found_office()
            socket = None
            for folder, _, files in os.walk(first.directory):
                for name in os.listdir(folder):
                    if name.endswith(".sock"):
                        socket = os.path.join(folder, name)
            self.assertIsNotNone(socket, "the embedded Redis has a socket")
            with Server(redis=f"unix:{socket}") as second:
                for i in range(20):
                    put_unit(first.admin, f"S{i}")
                    self.assertEqual(get_unit(second.admin, f"S{i}").etag, "v1")
                    put_unit(second.admin, f"S{i}", etag="v1", office_phone="1")
                    self.assertEqual(get_unit(first.admin, f"S{i}").etag, "v2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
