#!/usr/bin/python3
"""Reminders and overdue marks exactly once, whatever servers run, fail or come late."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from hotline_server import SHANGHAI, Server, at
from order_life import Life, OfficeCase, dispatch_pb, local, unit
from redis_server import Redis
from watch import Watch, wait_until

CONTACT, HANDLE = 2, 6
ARMED, HALF, LAST_DAY, TWO_HOURS, OVERDUE, ONE_DAY, THREE_DAYS, DUE = range(1, 9)
START = "2026-03-09T10:00:00+08:00"
ORDERS = 30


def told(life, name):
    """How often the history of an order tells of a reminder of the limit."""
    return [text.text for event in life.timeline() for text in event.texts
            if text.field == "reminder" and text.text.startswith(name)]


def marks(life, kind):
    return [local(event.event_time) for event in life.timeline()
            for change in event.clock_changes if (change.kind, change.change) == (kind, 8)]


class TwoServers(unittest.TestCase):
    def setUp(self):
        self.redis = self.enter(Redis())
        self.first, self.second = (self.enter(Server(start=START, redis=self.redis.address))
                                   for _ in range(2))
        self.first.found_office()

    def enter(self, resource):
        resource.__enter__()
        self.addCleanup(resource.__exit__, None, None, None)
        return resource

    def test_both_follow_the_clock_and_every_rung_is_recorded_once(self):
        lives = [Life(self.first if i % 2 else self.second).receive() for i in range(ORDERS)]
        for life in lives:
            life.give("AcceptOrder")
        watches = [Watch(server.person("c02")) for server in (self.first, self.second)]
        for watch in watches:
            self.addCleanup(watch.close)
        # Half of the time would be used at 09:15: behind the rung of 09:00, so it is passed over.
        for when, rung in (("2026-03-10 09:00", LAST_DAY), ("2026-03-10 15:30", TWO_HOURS),
                           ("2026-03-11 08:30", OVERDUE)):
            self.first.advance(when)
            self.assertEqual(local(self.second.now()), when)
            wanted = {f"{life.name}/reminders/{CONTACT}-1-{rung}" for life in lives}
            for watch in watches:
                missing = set(wanted)
                while missing:
                    missing.discard(watch.next().name)
        for watch in watches:
            names = [one.name for one in watch.seen]
            self.assertEqual(len(names), len(set(names)), "each once on each watch")
        self.assertEqual([one.name for one in watches[0].seen],
                         [one.name for one in watches[1].seen], "and in one order")
        for life in lives:
            self.assertEqual(len(told(life, "先行联系时限")), 4, life.name)
            self.assertEqual(len(marks(life, CONTACT)), 1)
        self.first.stop()
        self.second.stop()
        done = self.first.check()
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_one_server_leaves_the_other_does(self):
        life = Life(self.first).receive().go("DispatchOrder")
        self.first.kill()
        life.server = self.second
        self.second.advance("2026-03-17 00:00")
        wait_until(lambda: marks(life, HANDLE), "the mark by the other server")
        self.first.start()
        life.server = self.first
        self.first.advance("2026-03-17 08:30")
        wait_until(lambda: life.clock(HANDLE).overdue and
                   any("第5级" in text for text in told(life, "办理时限")), "the rung of OVERDUE")
        self.assertEqual(marks(life, HANDLE), ["2026-03-17 00:00"])


class Outage(unittest.TestCase):
    def test_after_an_outage_only_the_newest_rung_is_told(self):
        with Redis() as redis, Server(start=START, redis=redis.address) as server:
            server.found_office()
            life = Life(server).receive().go("TakeOrder")
            watch = Watch(server.person("c01"))
            marker = Life(server).receive()
            watch.until(lambda one: (one.order, one.clock_kind) == (marker.name, CONTACT))
            cursor, before = watch.cursor, len(told(life, "办理时限"))
            server.stop()
            # Nobody looks while a week goes by: a rung at half time, one on the last day, one two
            # hours before, the due instant, a day after.
            redis.ask("SET", "hotline:clock", str(at("2026-03-18 11:00").ToMilliseconds()))
            server.start()
            watch = Watch(server.person("c01"), after=cursor)
            last = watch.until(lambda one: (one.order, one.clock_kind) == (life.name, HANDLE))[-1]
            self.assertEqual((last.rung, local(last.raised_time)), (ONE_DAY, "2026-03-18 11:00"))
            self.assertEqual(len(told(life, "办理时限")), before + 1, "no burst of late rungs")
            self.assertEqual(len(marks(life, HANDLE)), 1)
            server.advance("2026-03-20 08:30")
            came = watch.until(lambda one: (one.order, one.rung) == (life.name, THREE_DAYS))
            watch.close()
            names = [one.name for one in watch.seen]
            self.assertEqual(len(names), len(set(names)))
            self.assertEqual([one.rung for one in came
                              if (one.order, one.clock_kind) == (life.name, HANDLE)], [THREE_DAYS])
            self.assertEqual(len(marks(life, HANDLE)), 1)

    def test_a_rung_that_came_due_at_night_after_an_outage_waits_for_the_morning(self):
        with Redis() as redis, Server(start=START, redis=redis.address) as server:
            server.found_office()
            life = Life(server).receive().go("TakeOrder")
            before = len(told(life, "办理时限"))
            server.stop()
            redis.ask("SET", "hotline:clock", str(at("2026-03-17 03:00").ToMilliseconds()))
            server.start()
            wait_until(lambda: marks(life, HANDLE), "the mark, which does not wait")
            self.assertEqual(len(told(life, "办理时限")), before)
            watch = Watch(server.person("c01"))
            server.advance("2026-03-17 08:30")
            last = watch.until(lambda one: (one.order, one.clock_kind) == (life.name, HANDLE))[-1]
            watch.close()
            self.assertEqual((last.rung, local(last.raised_time)), (OVERDUE, "2026-03-17 08:30"))


class YearEnd(OfficeCase):
    """The calendar of 2027 is not out: what is counted there is provisional and blames nobody."""
    start = "2026-12-25T10:00:00+08:00"

    def test_a_provisional_limit_reminds_and_is_never_marked(self):
        life = Life(self.server).receive().go("RecordContact")
        life.give("DispatchOrder", statutory=dispatch_pb.StatutoryDispatch(
            main_unit=unit("U01"), legal_basis="职责清单", limit_class=10, limit_class_reason="疑难"))
        official = Life(self.server).receive()
        clock = life.clock(HANDLE)
        self.assertTrue(clock.provisional)
        self.assertEqual(clock.provisional_from_date, "2027-01-01")
        self.assertIn("2027.0", clock.calendar_version)
        self.assertFalse(official.clock(CONTACT).provisional)
        days = life.explain(HANDLE).days
        self.assertTrue([day for day in days if day.provisional])
        self.assertFalse([day for day in days if day.date < "2027-01-01" and day.provisional])
        watch = Watch(self.server.person("c01"))
        self.addCleanup(watch.close)
        self.server.advance(clock.last_date + " 09:00")
        came = watch.until(lambda one: (one.order, one.clock_kind, one.rung) ==
                           (life.name, HANDLE, LAST_DAY))
        self.assertTrue(came[-1].provisional)
        self.assertIn("暂定", came[-1].text_zh)
        # Well past its due instant, with an official clock to show that the timers are there.
        due = clock.due_time.ToDatetime(SHANGHAI)
        self.server.advance_by(days=14)
        late = Life(self.server).receive(received=at("2026-12-25 10:00"))
        wait_until(lambda: marks(late, CONTACT), "the mark of an official limit")
        self.assertGreater(self.server.now().ToDatetime(SHANGHAI), due)
        self.assertEqual(marks(life, HANDLE), [])
        self.assertFalse(life.clock(HANDLE).overdue)
        self.assertFalse({one.rung for one in watch.seen if one.order == life.name
                          and one.clock_kind == HANDLE} & {OVERDUE, ONE_DAY, THREE_DAYS})


if __name__ == "__main__":
    unittest.main()
