#!/usr/bin/python3
"""The calendar desk over TLS on a real Redis: counting days, loading a year, refusing a wrong one."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline_server import PARENT, Server, at, new_id, reason_of, refused

from hotline.v1 import calendar_pb2 as pb, clock_pb2 as clock_pb

# 2027 as it might be announced: an invention of this test.
OFF = ["2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11",
       "2027-04-05", "2027-05-03", "2027-05-04", "2027-06-09", "2027-09-15", "2027-10-01",
       "2027-10-04", "2027-10-05", "2027-10-06", "2027-10-07"]
WORK = ["2027-02-14", "2027-02-20", "2027-10-09"]

# DOMAIN 3.2: received on, last day after 1, 3, 5, 10 working days
VECTORS = """
2026-02-12 2026-02-13 2026-02-24 2026-02-26 2026-03-04
2026-02-13 2026-02-14 2026-02-25 2026-02-27 2026-03-05
2026-02-14 2026-02-24 2026-02-26 2026-02-28 2026-03-06
2026-02-20 2026-02-24 2026-02-26 2026-02-28 2026-03-06
2026-01-02 2026-01-04 2026-01-06 2026-01-08 2026-01-15
2026-04-30 2026-05-06 2026-05-08 2026-05-11 2026-05-18
2026-09-18 2026-09-20 2026-09-22 2026-09-24 2026-10-09
2026-09-30 2026-10-08 2026-10-10 2026-10-13 2026-10-20
2025-01-24 2025-01-26 2025-02-05 2025-02-07 2025-02-13
2025-09-28 2025-09-29 2025-10-09 2025-10-11 2025-10-17
2024-09-13 2024-09-14 2024-09-19 2024-09-23 2024-09-29
2024-12-31 2025-01-02 2025-01-06 2025-01-08 2025-01-15
"""


def put_year(caller, year=2027, etag="", validate_only=False, confirm=False, request_id=None,
             **content):
    content = {"year": year, "status": pb.CALENDAR_STATUS_OFFICIAL, "off_dates": OFF,
               "work_dates": WORK, "document_number": "国办发明电〔2026〕0号", **content}
    return caller.calendar.PutCalendarYear(pb.PutCalendarYearRequest(
        name=f"{PARENT}/calendars/{year}", request_id=request_id or new_id(), etag=etag,
        validate_only=validate_only, confirm_missing_statutory_days=confirm,
        calendar_year=pb.CalendarYear(**content)))


def calendar(caller, *years):
    return caller.calendar.GetCalendar(pb.GetCalendarRequest(parent=PARENT, years=years))


def add_days(caller, start, days):
    return caller.calendar.AddWorkingDays(pb.AddWorkingDaysRequest(
        parent=PARENT, start_time=at(start), working_days=days))


def wrong_fields(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except grpc.RpcError as error:
        return reason_of(error)[0], reason_of(error)[2]
    raise AssertionError("the call was not refused")


class Calendar(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.__enter__()
        self.server.found_office()
        self.head = self.server.person("c02")

    def tearDown(self):
        self.server.__exit__(None, None, None)

    def test_the_shipped_years_are_those_of_the_notices(self):
        found = calendar(self.server.district)
        self.assertEqual([year.year for year in found.years], [2024, 2025, 2026])
        self.assertEqual([year.working_day_count for year in found.years], [251, 248, 248])
        self.assertEqual((found.valid_from_date, found.valid_through_date),
                         ("2024-01-01", "2026-12-31"))
        year = found.years[2]
        self.assertEqual((year.version, year.etag, year.name),
                         (1, "v1", f"{PARENT}/calendars/2026"))
        self.assertEqual(year.work_dates, ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09",
                                           "2026-09-20", "2026-10-10"])
        self.assertRegex(year.digest, "^sha256:[0-9a-f]{64}$")
        self.assertFalse(year.HasField("loaded_by"))
        self.assertEqual([y.year for y in calendar(self.head, 2026, 2024, 2026).years],
                         [2024, 2026])
        self.assertEqual(wrong_fields(calendar, self.head, 2026, 2027),
                         ("CALENDAR_NOT_FOUND", ["years[1]"]))

    def test_working_days_are_counted_as_the_study_says(self):
        for line in VECTORS.strip().splitlines():
            start, *lasts = line.split()
            for days, last in zip((1, 3, 5, 10), lasts):
                for hour in ("00:00", "23:59"):
                    found = add_days(self.head, f"{start} {hour}", days)
                    self.assertEqual(found.last_date, last, (start, days))
                    self.assertFalse(found.provisional)
                    self.assertEqual((found.days[0].date, found.days[-1].date), (start, last))
                    self.assertEqual(sum(day.counted for day in found.days), days)
                    self.assertEqual(found.days[-1].number, days)
        found = add_days(self.head, "2026-02-13 10:00", 1)
        self.assertEqual(found.due_time, at("2026-02-15 00:00"))
        self.assertEqual([day.reason for day in found.days],
                         [clock_pb.DAY_REASON_START_DAY, clock_pb.DAY_REASON_MAKE_UP_DAY])
        self.assertEqual(refused(add_days, self.head, "2023-12-31 10:00", 1), "YEAR_UNSUPPORTED")
        self.assertEqual(wrong_fields(add_days, self.head, "2026-02-13 10:00", 251),
                         ("REQUEST_INVALID", ["working_days"]))

    def test_a_year_that_is_not_loaded_is_provisional_until_it_is(self):
        before = add_days(self.head, "2026-12-28 09:00", 5)
        self.assertEqual((before.last_date, before.provisional, before.provisional_from_date),
                         ("2027-01-05", True, "2027-01-01"))
        self.assertEqual(before.calendar_version, "2026.1+2027.0")
        year = put_year(self.head).calendar_year
        self.assertEqual((year.version, year.etag), (1, "v1"))
        self.assertEqual(year.loaded_by.staff, f"{PARENT}/staff/c02")
        self.assertEqual(year.load_time, at("2026-02-01 00:00"))
        after = add_days(self.head, "2026-12-28 09:00", 5)
        self.assertEqual((after.last_date, after.provisional), ("2027-01-05", False))
        self.assertEqual(after.calendar_version, "2026.1+2027.1")
        self.assertEqual(calendar(self.head).valid_through_date, "2027-12-31")
        self.server.stop()
        self.server.start()
        self.assertEqual(calendar(self.server.person("c01"), 2027).years[0], year)

    def test_a_provisional_year_stays_provisional(self):
        put_year(self.head, status=pb.CALENDAR_STATUS_PROVISIONAL)
        self.assertTrue(add_days(self.head, "2027-03-01 09:00", 1).provisional)
        self.assertEqual(calendar(self.head).valid_through_date, "2026-12-31")
        year = put_year(self.head).calendar_year
        self.assertEqual((year.version, year.status), (2, pb.CALENDAR_STATUS_OFFICIAL))
        self.assertFalse(add_days(self.head, "2027-03-01 09:00", 1).provisional)

    def test_versions_count_up_and_the_same_content_makes_none(self):
        first = put_year(self.head).calendar_year
        self.assertEqual(put_year(self.head, off_dates=OFF[::-1]).calendar_year, first)
        self.assertEqual(refused(put_year, self.head, etag="v7", note="更正"), "ETAG_MISMATCH")
        second = put_year(self.head, etag="v1", note="更正").calendar_year
        self.assertEqual((second.version, second.note), (2, "更正"))
        self.assertNotEqual(second.digest, first.digest)
        self.assertEqual(put_year(self.head).calendar_year.version, 3)
        moved = put_year(self.head, 2026, off_dates=[d for y in [calendar(self.head, 2026).years[0]]
                                                     for d in y.off_dates] + ["2026-12-28"],
                         work_dates=calendar(self.head, 2026).years[0].work_dates).calendar_year
        self.assertEqual((moved.version, moved.working_day_count), (2, 247))
        self.assertEqual(add_days(self.head, "2026-12-25 09:00", 1).last_date, "2026-12-29")

    def test_a_wrong_year_is_refused_whole_and_the_old_one_stays(self):
        first = put_year(self.head).calendar_year
        wrong = OFF[:2] + ["2027-02-30"] + OFF[3:]
        self.assertEqual(wrong_fields(put_year, self.head, off_dates=wrong),
                         ("CALENDAR_INVALID", ["calendar_year.off_dates[2]"]))
        self.assertEqual(wrong_fields(put_year, self.head, work_dates=WORK + ["2027-03-01"]),
                         ("CALENDAR_INVALID", ["calendar_year.work_dates[3]"]))
        self.assertEqual(wrong_fields(put_year, self.head, off_dates=OFF + ["2025-12-31"]),
                         ("CALENDAR_INVALID", ["calendar_year.off_dates[16]"]))
        self.assertEqual(wrong_fields(put_year, self.head, year=2027, work_dates=WORK + OFF[:1]),
                         ("CALENDAR_INVALID", ["calendar_year.work_dates[3]",
                                               "calendar_year.off_dates"]))
        self.assertEqual(calendar(self.head, 2027).years[0], first)

    def test_a_missing_statutory_day_must_be_confirmed(self):
        some = [day for day in OFF if day != "2027-06-09"]
        self.assertEqual(wrong_fields(put_year, self.head, off_dates=some),
                         ("CALENDAR_INVALID", ["calendar_year.off_dates"]))
        year = put_year(self.head, off_dates=some, confirm=True).calendar_year
        self.assertEqual(year.off_dates, some)

    def test_validate_only_shows_the_year_and_loads_nothing(self):
        shown = put_year(self.head, validate_only=True).calendar_year
        self.assertEqual((shown.version, shown.working_day_count), (1, 251 - 3))
        self.assertEqual(refused(calendar, self.head, 2027), "CALENDAR_NOT_FOUND")

    def test_a_request_id_is_answered_again_and_never_used_twice(self):
        request_id = new_id()
        first = put_year(self.head, request_id=request_id)
        put_year(self.head, note="更正")
        again = put_year(self.head, request_id=request_id)
        self.assertFalse(first.replayed)
        self.assertTrue(again.replayed)
        self.assertEqual(again.calendar_year.version, 2, "shown as it stands now")
        self.assertEqual(refused(put_year, self.head, request_id=request_id, note="x"),
                         "REQUEST_ID_REUSED")

    def test_only_the_head_loads_years(self):
        for person in ("c01", "s-U01"):
            self.assertEqual(refused(put_year, self.server.person(person)), "PERMISSION_DENIED")
        self.assertEqual(refused(put_year, self.server.district), "PERMISSION_DENIED")

    def test_orders_received_afterwards_count_by_the_new_year(self):
        self.server.advance("2026-12-30 09:05")
        before = self.server.receive("N1", "2026-12-30 09:00").order
        contact = {clock.kind: clock for clock in before.clocks}[clock_pb.CLOCK_KIND_ORDER]
        self.assertTrue(contact.provisional)
        put_year(self.head)
        after = self.server.receive("N2", "2026-12-30 09:00").order
        contact = {clock.kind: clock for clock in after.clocks}[clock_pb.CLOCK_KIND_ORDER]
        self.assertFalse(contact.provisional)
        self.assertEqual(contact.calendar_version, "2026.1+2027.1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
