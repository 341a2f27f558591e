"""Rounds of load and kill -9: nothing acknowledged is lost, nothing is half done.

What was sent and what was acknowledged is written down by the callers, before and after each call.
After a kill every acknowledged command is repeated by its request id (it must be known), and every
one that was under way too (it is there whole, or not at all and is done now).
"""
import os
import random
import signal
import socket
import struct
import threading

import grpc

from hotline_server import Refusal, Server
from order_life import COMMANDS, MAIN_ROAD, caller, read_pb, reception, request_for
from watch import wait_until

WORKERS = 6
START = "2026-03-09T10:00:00+08:00"
KIND_OF = {"ReceiveOrder": 1, "AcceptOrder": 2, "RecordContact": 3, "DispatchOrder": 4,
           "TakeOrder": 10, "RecordProgress": 15, "SubmitReply": 25, "AcceptReply": 26,
           "RecordVisit": 28, "SubmitClosing": 33, "RecordClosing": 34}


class Diary:
    """One order's: its commands as they were sent, and how many of them were acknowledged."""

    def __init__(self):
        self.name, self.sent, self.acknowledged = None, [], 0

    def version(self, order):
        """The version of the order is the number of its commands: no timer is due meanwhile."""
        assert order.etag == f"v{order.event_count}", order.etag
        return order.event_count


def redis_pid(server):
    """Who listens on the socket of the embedded Redis."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(server.data, "redis.sock"))
        return struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


class Rounds:
    def __init__(self, test, server, seed):
        self.test, self.server, self.random = test, server, random.Random(seed)
        self.diaries, self.number = [], 0
        self.lock, self.now = threading.Lock(), server.now()

    # load ----------------------------------------------------------------------------------------

    def call(self, command, request):
        if command == "ReceiveOrder":
            return self.server.district.intake.ReceiveOrder(request, timeout=30)
        desk, who, _, _ = COMMANDS[command]
        return getattr(getattr(caller(self.server, who), desk), command)(request, timeout=30)

    def new_diary(self):
        with self.lock:
            self.number += 1
            diary = Diary()
            self.diaries.append(diary)
            diary.sent.append(("ReceiveOrder", reception(f"K{self.number:06d}", self.now)))
            return diary

    def work(self, load):
        while not load.over.is_set():
            diary = self.new_diary()
            for command in ["ReceiveOrder"] + MAIN_ROAD[:load.steps(self.random)]:
                if command != "ReceiveOrder":
                    diary.sent.append((command, request_for(command, diary.name, self.now)))
                try:
                    answer = self.call(*diary.sent[-1])
                except grpc.RpcError as error:
                    load.failed.append(error)
                    return
                diary.name = answer.order.name
                diary.acknowledged += 1
                load.count()
                if load.over.is_set():
                    return

    # one round -----------------------------------------------------------------------------------

    def run(self, victim):
        server, first = self.server, len(self.diaries)
        load = Load(self.random.randint(1, 80))
        pid = redis_pid(server)
        workers = [threading.Thread(target=self.work, args=(load,)) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        self.test.assertTrue(load.enough.wait(60), [str(error) for error in load.failed])
        if victim in ("server", "both"):
            server.process.send_signal(signal.SIGKILL)
        if victim in ("redis", "both"):
            os.kill(pid, signal.SIGKILL)
        load.over.set()
        for worker in workers:
            worker.join()
        if victim != "redis":
            server.process.wait()
            server.kill()  # closes channels and log
            server.start()
        for error in load.failed:
            self.test.assertIn(error.code().name, ("UNAVAILABLE", "CANCELLED", "UNKNOWN"), error)
        under_way = sum(len(diary.sent) - diary.acknowledged for diary in self.diaries[first:])
        for diary in self.diaries[first:]:
            self.verify(diary)
        return under_way

    def until_answered(self, command, request):
        def give():
            try:
                return self.call(command, request)
            except grpc.RpcError as error:
                self.test.assertEqual(error.code().name, "UNAVAILABLE", vars(Refusal(error)))
                return None
        return wait_until(give, f"{command} is answered after the crash", 30)

    def verify(self, diary):
        test = self.test
        for i, (command, request) in enumerate(diary.sent[:diary.acknowledged]):
            again = self.until_answered(command, request)
            test.assertTrue(again.replayed, f"{command} was acknowledged and is not known")
            test.assertEqual(again.order.name, diary.name)
            test.assertGreaterEqual(diary.version(again.order), i + 1)
        for command, request in diary.sent[diary.acknowledged:]:
            answer = self.until_answered(command, request)
            diary.name = answer.order.name
            diary.acknowledged += 1
        self.verify_whole(diary)

    def verify_whole(self, diary):
        get = caller(self.server, "c01").order
        order = get.GetOrder(read_pb.GetOrderRequest(name=diary.name), timeout=30).order
        events = get.GetTimeline(read_pb.GetTimelineRequest(name=diary.name, page_size=200),
                                 timeout=30).events
        self.test.assertEqual(diary.version(order), len(diary.sent), "no more and no less")
        self.test.assertEqual([event.kind for event in events],
                              [KIND_OF[command] for command, _ in diary.sent])
        self.test.assertEqual(order.state, events[-1].to_state)


class Load:
    """How much is done before the kill."""

    def __init__(self, wanted):
        self.left, self.lock = wanted, threading.Lock()
        self.enough, self.over, self.failed = threading.Event(), threading.Event(), []

    def steps(self, dice):
        return dice.randint(0, len(MAIN_ROAD))

    def count(self):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.enough.set()


def run_rounds(test, rounds, seed):
    print(f"seed {seed} (HOTLINE_SEED), {rounds} rounds", flush=True)
    with Server(start=START) as server:
        server.found_office()
        all_rounds = Rounds(test, server, seed)
        under_way = 0
        for i in range(rounds):
            victim = ("server", "redis", "both")[i % 3]
            with test.subTest(round=i, victim=victim, seed=seed):
                under_way += all_rounds.run(victim)
        for diary in all_rounds.diaries:
            all_rounds.verify_whole(diary)
        server.stop()
        done = server.check()
        test.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        commands = sum(len(diary.sent) for diary in all_rounds.diaries)
        print(f"{len(all_rounds.diaries)} orders, {commands} commands, {under_way} under way at a "
              f"kill; {done.stdout.splitlines()[-1]}")
        test.assertGreater(under_way, 0, "no kill hit a command: the load is too light")
