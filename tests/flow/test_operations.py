#!/usr/bin/python3
"""Running it: drain, certificates that change, traces and privacy in the log, many watchers."""
import os
import queue
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline.v1 import deadline_pb2 as deadline_pb
from hotline_server import (
    BUILD, CERTS, PARENT, Caller, Refusal, Server, make_certificates, read, refusal_of, refused)
from order_life import (
    CITIZEN_NAME, CONTENT, HOME, ID_NUMBER, PHONE, Life, OfficeCase, pb, read_pb, reception)
from redis_server import Redis
from watch import Watch, wait_until

START = "2026-03-09T10:00:00+08:00"
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
WATCHERS = 500


class HealthWatch:
    """grpc.health.v1.Health/Watch of the whole server, as raw answers."""

    def __init__(self, channel):
        self.answers = queue.Queue()
        self.stream = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for answer in self.stream:
                self.answers.put(answer)
        except grpc.RpcError as error:
            self.answers.put(error.code().name)


class Drain(unittest.TestCase):
    def test_sigterm_turns_health_first_then_running_calls_finish(self):
        with Redis() as redis, Server(start=START, redis=redis.address) as server:
            server.found_office()
            life = Life(server).receive()
            health = HealthWatch(server.channel("probe"))
            self.assertEqual(health.answers.get(timeout=10), SERVING)
            watch = Watch(server.person("c01"))
            channel = server.new_channel("backend")
            request = life.request("AcceptOrder")
            redis.pause()
            running = Caller(channel, "c01").intake.AcceptOrder.future(request, timeout=30)
            # The command is under way for certain when a call sent behind it has come back.
            self.assertEqual(refused(channel.unary_unary("/hotline.v1.OrderService/None"), b""),
                             "METHOD_UNKNOWN")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(health.answers.get(timeout=10), NOT_SERVING)
            self.assertFalse(running.done(), "it still waits for Redis")
            redis.resume()
            self.assertEqual(running.result(timeout=10).order.state, 2)
            self.assertEqual(refused(watch.next), "SERVER_DRAINING")
            self.assertIn(health.answers.get(timeout=10), ("UNAVAILABLE", "OUT_OF_RANGE"))
            self.assertEqual(server.process.wait(20), 0)
            log = server.log_text()
            self.assertLess(log.index("event=draining"), log.index("event=stopped"))
            with self.assertRaises(grpc.RpcError):
                life.order()
            channel.close()
            server.stop()
            server.start()
            self.assertEqual(life.order().state, 2)

    def test_a_call_that_does_not_finish_does_not_hold_the_server_longer_than_its_grace(self):
        with Redis() as redis, Server(start=START, redis=redis.address) as server:
            server.found_office()
            life = Life(server).receive()
            request = read_pb.GetOrderRequest(name=life.name)
            redis.pause()
            stuck = server.person("c01").order.GetOrder.future(request, timeout=60)
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(30), 0)
            self.assertLess(time.monotonic() - begin, 10, "three seconds of grace, and some")
            self.assertIsNotNone(stuck.exception())
            redis.resume()


class Certificates(unittest.TestCase):
    def setUp(self):
        make_certificates()
        self.place = tempfile.mkdtemp(prefix="hotline-certs-")
        self.addCleanup(shutil.rmtree, self.place)
        self.certs = os.path.join(self.place, "certs")
        shutil.copytree(CERTS, self.certs)

    def sign(self, name, serial):
        """A fresh server certificate of the same authority."""
        base = os.path.join(self.place, "new")
        extensions = os.path.join(self.place, "ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        for command in (
                f"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
                f" -keyout {base}.key -out {base}.csr -subj /CN={name}",
                f"openssl x509 -req -in {base}.csr -CA {CERTS}/ca.pem -CAkey {CERTS}/ca.key"
                f" -days 30 -set_serial {serial} -extfile {extensions} -out {base}.pem"):
            subprocess.run(command.split(), check=True, capture_output=True)
        os.chmod(base + ".key", 0o600)
        shutil.move(base + ".key", os.path.join(self.certs, "server.key"))
        shutil.move(base + ".pem", os.path.join(self.certs, "server.pem"))

    def served(self, server):
        """The certificate a new connection gets, by its serial number."""
        context = ssl.create_default_context(cafile=os.path.join(CERTS, "ca.pem"))
        context.load_cert_chain(os.path.join(CERTS, "probe.pem"), os.path.join(CERTS, "probe.key"))
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                return int(secure.getpeercert()["serialNumber"], 16)

    def test_sighup_serves_new_certificates_to_new_connections_and_keeps_old_ones(self):
        with Server(start=START, certs=self.certs) as server:
            server.found_office()
            life = Life(server).receive()
            watch = Watch(server.person("c01"))
            self.sign("second", 4242)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self.served(server) == 4242, "the new certificate is served")
            self.assertEqual(life.order().event_count, 1, "on the connection of before")
            second = Life(server).receive()
            watch.until(lambda one: one.order == second.name)
            watch.close()
            with open(os.path.join(self.certs, "server.key"), "w", encoding="ascii") as file:
                file.write("rubbish")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "certificates_unusable" in server.log_text(), "a line about it")
            self.assertEqual(self.served(server), 4242, "what works stays")

    def test_strangers_get_no_handshake_and_one_line_each(self):
        with Server(start=START, certs=self.certs) as server:
            context = ssl.create_default_context(cafile=os.path.join(CERTS, "ca.pem"))
            context.set_alpn_protocols(["h2"])
            lines = []
            for certificate in (None, "foreign"):
                if certificate:
                    key = os.path.join(self.place, "foreign")
                    subprocess.run((f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:"
                                    f"prime256v1 -nodes -keyout {key}.key -out {key}.pem -days 2"
                                    f" -subj /CN=foreign").split(), check=True, capture_output=True)
                    context.load_cert_chain(key + ".pem", key + ".key")
                with self.assertRaises(OSError):
                    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
                        with context.wrap_socket(plain, server_hostname="localhost") as secure:
                            if not secure.recv(1):  # TLS 1.3 refuses after our handshake
                                raise ConnectionResetError
                wanted = len(lines) + 1
                lines = wait_until(lambda: len(self.refusals(server)) >= wanted and
                                   self.refusals(server), "a line about the handshake")
            self.assertEqual(len(lines), 2, lines)

    def refusals(self, server):
        return [line for line in server.log_text().splitlines() if "handshake_refused" in line]


class Log(OfficeCase):
    options = ("--debug",)

    def test_a_refused_call_is_logged_with_the_trace_of_its_caller(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        life = Life(self.server).receive()
        method = life.method("DispatchOrder")
        refusal = refusal_of(method, life.request("DispatchOrder"), metadata=[
            ("traceparent", f"00-{trace}-00f067aa0ba902b7-01")])
        self.assertEqual(refusal.reason, "WRONG_STATE")
        line = wait_until(lambda: re.search(f".*trace={trace}.*", self.server.log_text()),
                          "a line with the trace").group()
        self.assertIn("event=call_refused", line)
        self.assertIn("method=/hotline.v1.DispatchService/DispatchOrder", line)
        self.assertIn("reason=WRONG_STATE", line)
        self.assertRegex(line, r"us=\d+")

    def test_nothing_personal_stands_in_the_log_after_a_whole_life(self):
        life = Life(self.server).receive().go("RecordClosing")
        for command in ("AcceptOrder", "RecordContact"):  # refused, with words in it
            refused(life.give, command)
        refused(self.server.district.intake.ReceiveOrder, reception(
            "P" * 70, self.server.now(), text=pb.OrderText(title="题", content=CONTENT + "\n换行")))
        answered = wait_until(
            lambda: len(re.findall("event=call_answered", self.server.log_text())) > 20 and
            self.server.log_text(), "the calls are logged")
        for word in (CITIZEN_NAME, PHONE, ID_NUMBER, HOME, CONTENT, "路灯", "已更换线路", "市民",
                     "友谊路示例弄"):
            self.assertNotIn(word, answered)
        for line in answered.splitlines():
            self.assertRegex(line, r"^ts=\d+\.\d+ level=\w+ event=\w+")

    def test_many_watchers_all_hear_the_same(self):
        """256 streams fit on a connection, so three connections carry the five hundred."""
        channels = [self.server.new_channel("backend") for _ in range(3)]
        ask = deadline_pb.WatchRemindersRequest(parent=PARENT)
        streams = [Caller(channels[i % 3], "c01").deadline.WatchReminders(ask)
                   for i in range(WATCHERS)]
        self.assertEqual({next(stream).WhichOneof("message") for stream in streams}, {"created"})
        life = Life(self.server).receive()
        heard = {tuple(next(stream).reminder.reminder.name for _ in range(2))
                 for stream in streams}
        self.assertEqual(len(heard), 1)
        self.assertTrue(all(name.startswith(life.name) for name in heard.pop()))
        for stream in streams:
            stream.cancel()
        for channel in channels:
            channel.close()
        self.assertEqual(life.give("AcceptOrder").order.state, 2)
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            rss = int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1))
        binary = read(os.path.join(BUILD, "hotlined"))
        if b"__asan_" not in binary and b"__tsan_" not in binary:
            self.assertLess(rss, 64 * 1024, "kB, after 500 watchers")

    def test_health_knows_the_services_and_no_others(self):
        check = self.server.channel("probe").unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(check(b""), SERVING)
        name = b"hotline.v1.OrderService"
        self.assertEqual(check(b"\x0a" + bytes([len(name)]) + name), SERVING)
        with self.assertRaises(grpc.RpcError) as caught:
            check(b"\x0a\x04none")
        self.assertEqual(Refusal(caught.exception).code, "NOT_FOUND")


if __name__ == "__main__":
    unittest.main()
