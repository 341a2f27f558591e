#!/usr/bin/python3
"""The manual clock over TLS on a real Redis: forward only, once a request, the administrator's."""
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from google.protobuf.duration_pb2 import Duration
from hotline_server import Server, at, new_id, reason_of, refused

from hotline.test.v1 import manual_clock_pb2 as pb


def now(caller):
    return caller.clock.GetClock(pb.GetClockRequest()).now_time


def advance(caller, to=None, by=None, request_id=None):
    request = pb.AdvanceClockRequest(request_id=request_id or new_id())
    if to is not None:
        request.to_time.CopyFrom(at(to))
    if by is not None:
        request.by_duration.CopyFrom(by if isinstance(by, Duration) else Duration(seconds=by))
    return caller.clock.AdvanceClock(request)


class ManualClock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def test_1_it_stands_still_and_moves_forward_only(self):
        admin = self.server.admin
        self.assertEqual(now(admin), at("2026-02-01 00:00"))
        answer = advance(admin, to="2026-02-03 08:30")
        self.assertEqual((answer.now_time, answer.replayed), (at("2026-02-03 08:30"), False))
        self.assertEqual(now(admin), at("2026-02-03 08:30"))
        self.assertEqual(advance(admin, by=3600).now_time, at("2026-02-03 09:30"))
        self.assertEqual(advance(admin, to="2026-02-03 09:30").now_time, at("2026-02-03 09:30"))
        self.assertEqual(advance(admin, by=Duration(nanos=5000000)).now_time.nanos, 5000000)
        self.assertEqual(refused(advance, admin, to="2026-02-03 09:30"), "MANUAL_CLOCK_ONLY")

    def test_2_a_request_moves_it_once(self):
        admin, request_id = self.server.admin, new_id()
        first = advance(admin, by=60, request_id=request_id)
        again = advance(admin, by=60, request_id=request_id)
        self.assertEqual((again.now_time, again.replayed), (first.now_time, True))
        self.assertEqual(refused(advance, admin, by=61, request_id=request_id),
                         "REQUEST_ID_REUSED")

    def test_3_moves_at_the_same_time_all_count(self):
        before = now(self.server.admin)
        threads = [threading.Thread(target=lambda: [advance(self.server.admin, by=1)
                                                    for _ in range(25)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(now(self.server.admin).seconds, before.seconds + 100)

    def test_4_what_is_no_move_is_refused_with_its_field(self):
        def wrong(**named):
            try:
                advance(self.server.admin, **named)
            except grpc.RpcError as error:
                return reason_of(error)[0], reason_of(error)[2]
            return None

        self.assertEqual(wrong()[0], "REQUEST_INVALID")
        self.assertEqual(wrong(by=-1), ("REQUEST_INVALID", ["by_duration"]))
        self.assertEqual(wrong(by=Duration(seconds=1, nanos=-5)),
                         ("REQUEST_INVALID", ["by_duration"]))
        self.assertEqual(wrong(by=2 ** 62), ("REQUEST_INVALID", ["by_duration"]))
        self.assertEqual(wrong(to="2199-06-01 00:00"), ("REQUEST_INVALID", ["to_time"]))
        self.assertEqual(wrong(by=1, request_id="1"), ("REQUEST_INVALID", ["request_id"]))

    def test_5_it_is_the_administrators(self):
        for caller in (self.server.district, self.server.person("c02")):
            self.assertEqual(refused(now, caller), "PERMISSION_DENIED")
            self.assertEqual(refused(advance, caller, by=1), "PERMISSION_DENIED")

    def test_6_it_stands_where_it_stood_after_a_restart(self):
        before = now(self.server.admin)
        self.server.stop()
        self.server.start()
        self.assertEqual(now(self.server.admin), before)


class RealTime(unittest.TestCase):
    def test_a_database_on_real_time_has_no_such_service(self):
        with Server(start=None) as server:
            self.assertEqual(refused(now, server.admin), "METHOD_UNKNOWN")


if __name__ == "__main__":
    unittest.main(verbosity=2)
