#!/usr/bin/python3
"""The ladder of reminders and the overdue mark, on the manual clock (DOMAIN 2.5)."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from hotline_server import PARENT, Server, new_id, refusal_of, refused
from order_life import Life, OfficeCase, caller, deadline_pb, dispatch_pb, local, pb, unit
from watch import Watch, wait_until

ACCEPT, CONTACT, ORDER, DISPATCH, TAKE, HANDLE = range(1, 7)
ARMED, HALF, LAST_DAY, TWO_HOURS, OVERDUE, ONE_DAY, THREE_DAYS, DUE = range(1, 9)
OVERDUE_EVENT, REMINDED_EVENT = 42, 51


def dispatch_in_class(life, limit):
    life.give("DispatchOrder", statutory=dispatch_pb.StatutoryDispatch(
        main_unit=unit("U01"), legal_basis="职责清单", limit_class=limit, limit_class_reason="事由"))


def overdue_marks(life, kind):
    """OVERDUE changes of a clock over the whole history."""
    return [event for event in life.timeline() for change in event.clock_changes
            if (change.kind, change.change) == (kind, 8)]


class Ladder(OfficeCase):
    start = "2026-03-09T10:00:00+08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.appoint("uoc", 4)

    def test_a_handling_clock_climbs_seven_rungs_inside_office_hours_and_is_marked_once(self):
        life = Life(self.server).receive().go("RecordContact")
        watch = Watch(self.server.person("c01"))
        life.give("DispatchOrder")
        life.give("TakeOrder")
        self.addCleanup(watch.close)
        planned = [(ARMED, "2026-03-09 10:00"), (HALF, "2026-03-12 09:15"),
                   (LAST_DAY, "2026-03-16 09:00"), (TWO_HOURS, "2026-03-16 15:30"),
                   (OVERDUE, "2026-03-17 08:30"), (ONE_DAY, "2026-03-18 08:30"),
                   (THREE_DAYS, "2026-03-20 08:30")]
        came = []
        for rung, when in planned:
            if rung == OVERDUE:
                self.server.advance("2026-03-17 00:00")
                wait_until(lambda: overdue_marks(life, HANDLE), "the mark at midnight")
            if rung != ARMED:
                self.server.advance(when)
            for reminder in watch.until(lambda one: (one.order, one.clock_kind, one.rung) ==
                                        (life.name, HANDLE, rung)):
                if (reminder.order, reminder.clock_kind) == (life.name, HANDLE):
                    came.append(reminder)
        self.assertEqual([(one.rung, local(one.raised_time)) for one in came], planned)
        self.assertEqual([(one.rung, local(one.planned_time)) for one in came], planned)
        self.assertEqual([one.name for one in came],
                         [f"{life.name}/reminders/{HANDLE}-1-{rung}" for rung, _ in planned])
        for one in came:
            self.assertEqual((one.unit, one.last_date, one.stamp), (unit("U01"), "2026-03-16", 1))
            self.assertTrue(one.text_zh and one.text_en.isascii())
        self.assertEqual([sorted(to.staff.split("/")[-1] for to in one.recipients)
                          for one in came],
                         [["s-U01"], ["s-U01"], ["s-U01"], ["h-U01"], ["c01", "h-U01"], [],
                          ["c02"]])
        marks = overdue_marks(life, HANDLE)
        self.assertEqual([local(event.event_time) for event in marks], ["2026-03-17 00:00"])
        self.assertEqual(marks[0].kind, OVERDUE_EVENT)
        self.assertTrue(life.clock(HANDLE).overdue)
        self.assertEqual(local(life.clock(HANDLE).overdue_time), "2026-03-17 00:00")
        # Every rung stands in the history once.
        told = [text.text for event in life.timeline() for text in event.texts
                if text.field == "reminder" and text.text.startswith("办理时限")]
        self.assertEqual(len(told), len(planned))
        self.assertEqual(life.order().event_count, len(life.timeline()))


class OutOfHours(OfficeCase):
    start = "2026-03-06T20:00:00+08:00"  # a Friday evening

    def test_a_rung_waits_for_the_office_to_open_unless_the_order_is_urgent(self):
        watch = Watch(self.server.person("c01"))
        self.addCleanup(watch.close)
        calm = Life(self.server).receive()
        urgent = Life(self.server).receive(flags=pb.OrderFlags(urgent=True))
        first = watch.next()
        self.assertEqual((first.order, first.urgent), (urgent.name, True))
        self.assertEqual(local(first.raised_time), "2026-03-06 20:00")
        self.server.advance("2026-03-08 12:00")
        on_sunday = Life(self.server).receive(flags=pb.OrderFlags(urgent=True))
        came = watch.until(lambda one: one.order == on_sunday.name)
        self.server.advance("2026-03-09 08:29")
        self.server.advance("2026-03-09 08:30")
        came += watch.until(lambda one: (one.order, one.clock_kind) == (calm.name, CONTACT))
        when = {local(one.raised_time) for one in came if one.order == calm.name}
        self.assertEqual(when, {"2026-03-09 08:30"})
        self.assertEqual({local(one.planned_time) for one in came if one.order == calm.name},
                         {"2026-03-09 08:30"})


class Reading(OfficeCase):
    start = "2026-03-09T10:00:00+08:00"

    def list(self, who, **content):
        return list(caller(self.server, who).deadline.ListReminders(
            deadline_pb.ListRemindersRequest(parent=PARENT, **content)).reminders)

    def acknowledge(self, name, who, request_id=None, **content):
        return caller(self.server, who).deadline.AcknowledgeReminder(
            deadline_pb.AcknowledgeReminderRequest(
                name=name, request_id=request_id or new_id(), **content))

    def names(self, who, life, **content):
        return {tuple(int(part) for part in one.name.split("/")[-1].split("-")[::2])
                for one in self.list(who, **content) if one.order == life.name}

    def test_the_list_holds_the_newest_reminder_of_each_running_clock_until_it_is_seen(self):
        life = Life(self.server).receive().go("DispatchOrder")
        self.assertEqual(self.names("c01", life), {(TAKE, ARMED), (HANDLE, ARMED)},
                         "what was accepted, contacted and dispatched reminds no more")
        self.assertEqual(self.names("s-U01", life), {(TAKE, ARMED), (HANDLE, ARMED)})
        self.assertEqual(self.names("h-U01", life), set(), "the first rungs are the specialist's")
        self.assertEqual(self.names("c01", life, mine_only=True), set())
        self.assertEqual(self.names("s-U01", life, unit=unit("U02")), set())
        self.assertEqual(self.names("s-U02", life), set(), "informed units owe nothing")
        self.assertEqual(refused(self.list, "district"), "PERMISSION_DENIED")
        self.assertEqual(refused(self.list, "admin"), "PERMISSION_DENIED")

    def test_a_reminder_is_acknowledged_once(self):
        life = Life(self.server).receive().go("DispatchOrder")
        name, request_id = f"{life.name}/reminders/{HANDLE}-1-{ARMED}", new_id()
        for who in ("s-U02", "s-J01", "district", "admin"):
            self.assertEqual(refused(self.acknowledge, name, who), "PERMISSION_DENIED", who)
        tried = self.acknowledge(name, "s-U01", validate_only=True)
        self.assertIn((HANDLE, ARMED), self.names("s-U01", life), tried)
        clock = life.clock(HANDLE)
        first = self.acknowledge(name, "s-U01", request_id)
        self.assertTrue(first.reminder.acknowledged)
        self.assertEqual(first.reminder.name, name)
        self.assertNotIn((HANDLE, ARMED), self.names("c01", life))
        again = self.acknowledge(name, "s-U01", request_id)
        self.assertEqual((first.replayed, again.replayed), (False, True))
        self.assertEqual(life.clock(HANDLE), clock, "no clock is touched")
        self.assertEqual([event.kind for event in life.timeline()].count(52), 1)
        for wrong in (f"{life.name}/reminders/{HANDLE}-1-{DUE}",
                      f"{life.name}/reminders/{HANDLE}-9-{ARMED}",
                      f"{life.name}/reminders/8-1-{ARMED}", f"{life.name}/reminders/x"):
            self.assertIn(refusal_of(self.acknowledge, wrong, "c01").code,
                          ("NOT_FOUND", "INVALID_ARGUMENT"), wrong)

    def test_a_second_acknowledgement_finds_nothing_left_to_see(self):
        life = Life(self.server).receive().go("DispatchOrder")
        name = f"{life.name}/reminders/{HANDLE}-1-{ARMED}"
        self.assertTrue(self.acknowledge(name, "s-U01").reminder.acknowledged)
        self.assertEqual(refusal_of(self.acknowledge, name, "c01").reason, "REMINDER_NOT_FOUND")

    def test_the_next_rung_is_listed_again_after_an_acknowledgement(self):
        life = Life(self.server).receive().go("AcceptOrder")
        self.acknowledge(f"{life.name}/reminders/{DISPATCH}-1-{ARMED}", "c01")
        self.assertNotIn(DISPATCH, {kind for kind, _ in self.names("c01", life)})
        watch = Watch(self.server.person("c01"))
        self.addCleanup(watch.close)
        self.server.advance_by(hours=2)
        watch.until(lambda one: (one.order, one.clock_kind) == (life.name, DISPATCH))
        self.assertIn((DISPATCH, HALF), self.names("c01", life))

    def test_a_watched_reminder_says_what_a_listed_one_says(self):
        watch = Watch(self.server.person("c01"))
        self.addCleanup(watch.close)
        life = Life(self.server).receive()
        came = watch.until(lambda one: (one.order, one.clock_kind) == (life.name, CONTACT))[-1]
        listed = [one for one in self.list("c01") if one.name == came.name]
        self.assertEqual(listed, [came])

    def test_a_watch_is_for_who_may_and_of_the_unit_asked_for(self):
        for who in ("district", "admin"):
            self.assertEqual(refused(Watch, caller(self.server, who)), "PERMISSION_DENIED")
        self.assertEqual(refused(Watch, self.server.person("c01"), after="c1-x"), "CURSOR_INVALID")
        office, mine, other = (Watch(self.server.person(who), unit=of) for who, of in (
            ("c01", unit("J01")), ("s-U01", ""), ("s-J01", "")))
        for watch in (office, mine, other):
            self.addCleanup(watch.close)
        Life(self.server).receive().go("DispatchOrder")
        for_j01 = Life(self.server).receive().go("RecordContact")
        for_j01.give("DispatchOrder", statutory=dispatch_pb.StatutoryDispatch(
            main_unit=unit("J01"), legal_basis="职责", limit_class=5))
        for watch in (office, other):
            self.assertEqual({watch.next().unit, watch.next().unit}, {unit("J01")})
        self.assertEqual(mine.next().unit, unit("U01"))


class AfterRestart(unittest.TestCase):
    def test_a_watch_resumes_at_its_cursor_after_the_server_restarts(self):
        with Server(start="2026-03-09T10:00:00+08:00") as server:
            server.found_office()
            watch = Watch(server.person("c01"))
            first = Life(server).receive()
            before = watch.until(lambda one: (one.order, one.clock_kind) == (first.name, CONTACT))
            cursor = watch.cursor
            second = Life(server).receive()  # told, but never dealt with
            missed = watch.until(lambda one: (one.order, one.clock_kind) == (second.name, CONTACT))
            server.stop()
            server.start()
            third = Life(server).receive()
            watch = Watch(server.person("c01"), after=cursor)
            resumed = watch.until(lambda one: (one.order, one.clock_kind) ==
                                  (third.name, CONTACT))
            watch.close()
            self.assertEqual([one.name for one in resumed[:len(missed)]],
                             [one.name for one in missed])
            self.assertFalse({one.name for one in resumed} & {one.name for one in before})
            self.assertEqual({one.order for one in resumed}, {second.name, third.name})
            self.assertEqual(len({one.name for one in resumed}), len(resumed))


if __name__ == "__main__":
    unittest.main()
