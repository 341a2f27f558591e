#!/usr/bin/python3
"""Redis gone, held, read-only, full: what callers are told, and that nothing is half done."""
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline.v1 import directory_pb2 as directory_pb
from hotline_server import Caller, Refusal, Server, new_id, refusal_of
from order_life import Life, pb, read_pb, reception
from redis_server import Redis
from watch import Watch, wait_until

TROUBLE = {"STORAGE_UNAVAILABLE", "OUTCOME_UNKNOWN"}


class StorageTrouble(unittest.TestCase):
    def setUp(self):
        self.redis = Redis()
        self.redis.__enter__()
        self.addCleanup(self.redis.__exit__, None, None, None)
        self.server = Server("--lanes", "1", start="2026-03-09T10:00:00+08:00",
                             redis=self.redis.address)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        self.server.found_office()

    def assert_trouble(self, refusal, reasons=frozenset(TROUBLE)):
        self.assertEqual(refusal.code, "UNAVAILABLE")
        self.assertIn(refusal.reason, reasons)
        self.assertGreater(refusal.retry_seconds, 0)
        self.assertEqual(set(refusal.texts), {"zh-CN", "en"})

    def assert_clean(self):
        done = self.server.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("faults 0", done.stdout)

    def until_it_answers(self, life, seconds=20):
        """The order, as soon as the server can read it again by itself."""
        def read():
            try:
                return life.order()
            except grpc.RpcError as error:
                self.assertEqual(error.code().name, "UNAVAILABLE")
                return None
        return wait_until(read, "the server recovers by itself", seconds)

    def both_refused(self, life, method, request):
        """A read and a command while nothing goes, at once: each has up to ten seconds."""
        read = life.server.person("c01").order.GetOrder.future(
            read_pb.GetOrderRequest(name=life.name), timeout=30)
        command = method.future(request, timeout=30)
        errors = [call.exception() for call in (read, command)]
        self.assertNotIn(None, errors)
        return [Refusal(error) for error in errors]

    def until_done(self, method, request):
        """The answer to a request that is repeated with its id, as clients do."""
        def give():
            try:
                return method(request, timeout=30)
            except grpc.RpcError as error:
                self.assert_trouble(Refusal(error))
                return None
        return wait_until(give, "the repeated request is done", 30)

    def test_redis_killed_reads_and_commands_are_unavailable_until_it_is_back(self):
        life = Life(self.server).receive().go("AcceptOrder")
        before, request = life.order(), life.request("DispatchOrder")
        self.redis.kill()
        read, command = self.both_refused(life, life.method("DispatchOrder"), request)
        self.assert_trouble(read, {"STORAGE_UNAVAILABLE"})
        self.assert_trouble(command)
        self.redis.start()
        self.assertEqual(self.until_it_answers(life).intake, before.intake)
        answer = self.until_done(life.method("DispatchOrder"), request)
        self.assertEqual(answer.order.event_count, before.event_count + 1)
        self.assert_clean()

    def test_redis_held_ends_calls_at_their_deadline_and_nothing_is_done_twice(self):
        life = Life(self.server).receive().go("AcceptOrder")
        request, impatient = life.request("DispatchOrder"), life.request("RecordContact")
        method = life.method("DispatchOrder")
        self.redis.pause()
        try:
            with self.assertRaises(grpc.RpcError) as caught:
                life.method("RecordContact")(impatient, timeout=1)
            self.assertIn(caught.exception.code().name, ("DEADLINE_EXCEEDED", "UNAVAILABLE"))
            for refusal in self.both_refused(life, method, request):
                self.assert_trouble(refusal)
        finally:
            self.redis.resume()
        answer = self.until_done(method, request)
        self.assertEqual(answer.order.state, 7)
        self.until_done(life.method("RecordContact"), impatient)
        self.assertEqual(life.order().event_count, 4, "once, whether the first was done or not")
        self.assert_clean()

    def test_under_way_when_redis_dies_means_unknown_and_the_id_tells(self):
        """Many deliveries at once while Redis dies: each is done once, by repeating its id."""
        requests = [reception(f"U{i:03d}", self.server.now()) for i in range(64)]
        receive, answers = self.server.district.intake.ReceiveOrder, {}
        started = threading.Barrier(len(requests) + 1)

        def deliver(i):
            started.wait()
            answers[i] = self.until_done(receive, requests[i]).order.name

        threads = [threading.Thread(target=deliver, args=(i,)) for i in range(len(requests))]
        for thread in threads:
            thread.start()
        started.wait()
        self.redis.kill()
        self.redis.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(answers.values())), len(requests))
        for i, request in enumerate(requests):
            again = receive(request)
            self.assertTrue(again.replayed)
            self.assertEqual((again.order.name, again.order.event_count), (answers[i], 1))
        self.assert_clean()

    def test_a_read_only_replica_takes_no_command_and_is_read(self):
        life = Life(self.server).receive().go("AcceptOrder")
        before, request = life.order(), life.request("DispatchOrder")
        # The link to the master never comes up, so the data stay and are read-only.
        self.redis.ask("REPLICAOF", "127.0.0.1", "1")
        self.assertEqual(self.until_it_answers(life), before)
        self.assert_trouble(refusal_of(life.method("DispatchOrder"), request))
        self.assertEqual(self.until_it_answers(life), before)
        self.redis.ask("REPLICAOF", "NO", "ONE")
        answer = self.until_done(life.method("DispatchOrder"), request)
        self.assertFalse(answer.replayed, "nothing of it was done before")
        self.assertEqual(answer.order.event_count, 3)
        self.assert_clean()

    def test_a_full_redis_takes_no_command_and_is_read(self):
        life = Life(self.server).receive().go("AcceptOrder")
        before, request = life.order(), life.request("DispatchOrder")
        self.redis.ask("CONFIG", "SET", "maxmemory", "1mb")
        self.assert_trouble(refusal_of(life.method("DispatchOrder"), request),
                            {"STORAGE_UNAVAILABLE"})
        large = reception("FULL", self.server.now(),
                          text=pb.OrderText(title="题", content="文" * 3000))
        self.assert_trouble(refusal_of(self.server.district.intake.ReceiveOrder, large),
                            {"STORAGE_UNAVAILABLE"})
        self.assertEqual(life.order(), before)
        self.assert_clean()
        self.redis.ask("CONFIG", "SET", "maxmemory", "0")
        self.assertFalse(self.until_done(life.method("DispatchOrder"), request).replayed)
        self.assertFalse(
            self.until_done(self.server.district.intake.ReceiveOrder, large).replayed)
        self.assert_clean()

    def test_a_directory_that_cannot_be_written_is_unavailable_too(self):
        put = self.server.admin.directory
        request = directory_pb.PutUnitRequest(
            name="subdistricts/310113003/units/NEW", request_id=new_id(),
            unit=directory_pb.Unit(display_name="新单位", kind=2))
        self.redis.ask("CONFIG", "SET", "maxmemory", "1mb")
        self.assert_trouble(refusal_of(put.PutUnit, request))
        self.redis.ask("CONFIG", "SET", "maxmemory", "0")
        self.assertEqual(self.until_done(put.PutUnit, request).unit.display_name, "新单位")

    def test_timers_and_watches_go_on_after_redis_was_away(self):
        life = Life(self.server).receive()
        watch = Watch(self.server.person("c01"), after="c1-0")
        watch.until(lambda one: (one.order, one.clock_kind) == (life.name, 2))
        self.redis.kill()
        self.redis.start()
        self.until_it_answers(life)
        wait_until(lambda: self.advanced("2026-03-10 09:00"), "the clock moves again")
        last = watch.until(lambda one: (one.order, one.clock_kind) == (life.name, 2))[-1]
        watch.close()
        self.assertEqual(last.rung, 3)

    def advanced(self, when):
        try:
            self.server.advance(when)
            return True
        except grpc.RpcError as error:
            self.assert_trouble(Refusal(error))
            return False

    def test_a_broken_script_cache_is_mended_by_itself(self):
        life = Life(self.server).receive()
        self.redis.ask("SCRIPT", "FLUSH")
        self.assertEqual(life.give("AcceptOrder").order.state, 2)

    def test_calls_beyond_the_limit_are_told_to_come_again(self):
        """4,096 calls may wait in a lane, 256 on a connection: eighteen connections ask."""
        life = Life(self.server).receive()
        ask = read_pb.GetOrderRequest(name=life.name)
        channels = [self.server.new_channel("backend") for _ in range(18)]
        callers = [Caller(channel, "c01") for channel in channels]
        self.assertEqual([one.order.GetOrder(ask).order.name for one in callers],
                         [life.name] * len(callers))
        self.redis.pause()
        try:
            calls = [one.order.GetOrder.future(ask, timeout=60)
                     for one in callers for _ in range(256)]
            refusals = [Refusal(error) for error in (call.exception() for call in calls) if error]
        finally:
            self.redis.resume()
            for channel in channels:
                channel.close()
        many = [refusal for refusal in refusals if refusal.reason == "TOO_MANY_CALLS"]
        self.assertGreater(len(many), 0, {refusal.reason for refusal in refusals})
        self.assertEqual({refusal.code for refusal in many}, {"RESOURCE_EXHAUSTED"})
        self.assertTrue(all(refusal.retry_seconds > 0 for refusal in many))
        self.assertEqual(self.until_it_answers(life).event_count, 1)


if __name__ == "__main__":
    unittest.main()
