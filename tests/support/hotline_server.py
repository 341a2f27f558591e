"""A real hotlined on a free port, for tests: real TLS, a real Redis of its own, a manual clock.

    with Server() as server:
        office = server.person("c01")          # stubs act as this person through the backend
        office.intake.AcceptOrder(...)

Nothing sleeps to synchronise: starting waits for Health to say SERVING.
"""
import fcntl
import functools
import os
import signal
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from hotline.test.v1 import manual_clock_pb2 as clock_pb, manual_clock_pb2_grpc
from hotline.v1 import (
    calendar_pb2_grpc, deadline_pb2_grpc, directory_pb2 as directory_pb, directory_pb2_grpc,
    dispatch_pb2 as dispatch_pb, dispatch_pb2_grpc, handling_pb2_grpc, intake_pb2 as intake_pb,
    intake_pb2_grpc, order_pb2 as order_pb, order_service_pb2_grpc, return_visit_pb2_grpc,
    review_pb2_grpc)

SOURCE = os.environ["HOTLINE_SOURCE"]
BUILD = os.environ["HOTLINE_BUILD"]
CODE = "310113003"
PARENT = f"subdistricts/{CODE}"
SHANGHAI = timezone(timedelta(hours=8))
CERTS = os.path.join(SOURCE, "build", "dev", "certs")
KEYS = os.path.join(SOURCE, "build", "dev", "keys")


def at(text):
    """'2026-07-15 09:12' (Shanghai) as a Timestamp."""
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    stamp = Timestamp()
    stamp.FromDatetime(datetime.strptime(text, form).replace(tzinfo=SHANGHAI))
    return stamp


def new_id():
    return str(uuid.uuid4())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def wire_fields(message):
    """(field number, bytes or number) of a protobuf message: enough for google.rpc.Status, whose
    Python classes Debian does not ship."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            assert tag & 7 == 2, "only varints and bytes are expected here"
            size = varint()
            yield tag >> 3, message[place:place + size]
            place += size


class Refusal:
    """All that a refused call says: code, reason, facts, wrong fields, texts, when to retry."""

    def __init__(self, error):
        self.code, self.message = error.code().name, error.details()
        self.reason, self.facts, self.fields, self.said = None, {}, [], {}
        self.texts, self.retry_seconds = {}, None
        for key, value in error.trailing_metadata() or ():
            if key != "grpc-status-details-bin":
                continue
            for number, any_bytes in wire_fields(value):
                if number == 3:
                    detail = dict(wire_fields(any_bytes))
                    self._take(detail[1].decode(), list(wire_fields(detail.get(2, b""))))

    def _take(self, kind, parts):
        if kind.endswith("ErrorInfo"):
            self.reason = dict(parts)[1].decode()
            pairs = [dict(wire_fields(part)) for number, part in parts if number == 3]
            self.facts = {pair[1].decode(): pair.get(2, b"").decode() for pair in pairs}
        elif kind.endswith("BadRequest"):
            violations = [dict(wire_fields(part)) for _, part in parts]
            self.fields = [one[1].decode() for one in violations]
            self.said = {one[1].decode(): one[2].decode() for one in violations}
        elif kind.endswith("LocalizedMessage"):
            self.texts[dict(parts)[1].decode()] = dict(parts)[2].decode()
        elif kind.endswith("RetryInfo"):
            delay = dict(wire_fields(dict(parts)[1]))
            self.retry_seconds = delay.get(1, 0) + delay.get(2, 0) / 1e9


def reason_of(error):
    """(reason, metadata, field paths) of a refused call."""
    refusal = Refusal(error)
    return refusal.reason, refusal.facts, refusal.fields


def refusal_of(call, *arguments, **named):
    """The Refusal of a call; fails when it is not refused."""
    try:
        call(*arguments, **named)
    except grpc.RpcError as error:
        return Refusal(error)
    raise AssertionError("the call was not refused")


def refused(call, *arguments, **named):
    """The reason with which a call is refused; fails when it is not."""
    refusal = refusal_of(call, *arguments, **named)
    return refusal.reason or refusal.code


class Caller:
    """Stubs of every desk, through one channel, acting as one person or machine."""

    def __init__(self, channel, person=None):
        if person:
            channel = grpc.intercept_channel(channel, _Person(person))
        self.channel = channel
        self.intake = intake_pb2_grpc.IntakeServiceStub(channel)
        self.dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        self.handling = handling_pb2_grpc.HandlingServiceStub(channel)
        self.review = review_pb2_grpc.ReviewServiceStub(channel)
        self.visit = return_visit_pb2_grpc.ReturnVisitServiceStub(channel)
        self.order = order_service_pb2_grpc.OrderServiceStub(channel)
        self.deadline = deadline_pb2_grpc.DeadlineServiceStub(channel)
        self.calendar = calendar_pb2_grpc.CalendarServiceStub(channel)
        self.directory = directory_pb2_grpc.DirectoryServiceStub(channel)
        self.clock = manual_clock_pb2_grpc.ManualClockServiceStub(channel)


class _Person(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, person):
        self.person = person

    def _named(self, details):
        metadata = list(details.metadata or ()) + [("hotline-person", self.person)]
        return details._replace(metadata=metadata)

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._named(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._named(details), request)


@functools.cache
def make_certificates():
    """Once a process; tests that run side by side take turns."""
    place = os.path.join(SOURCE, "build", "dev")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "certs.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([os.path.join(SOURCE, "dev"), "certs"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout


class Server:
    def __init__(self, *options, start="2026-02-01T00:00:00+08:00", redis=None, directory=None,
                 certs=CERTS, keys=KEYS):
        self.options = list(options)
        self.start_time = start
        self.redis = redis
        self.certs, self.keys = certs, keys
        self.own = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="hotline-test-")
        self.process = None
        self.channels = {}

    def __enter__(self):
        make_certificates()
        self.start()
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if self.own:
                shutil.rmtree(self.directory, ignore_errors=True)

    # the process ---------------------------------------------------------------------------------

    @property
    def data(self):
        return os.path.join(self.directory, "data")

    @property
    def address(self):
        """Where this server's database is, for another server or for redis-cli."""
        return self.redis or f"unix:{os.path.join(self.data, 'redis.sock')}"

    def store(self):
        return ["--redis", self.redis] if self.redis else ["--data", self.data]

    def command(self):
        command = [os.path.join(BUILD, "hotlined"), "--listen", f"127.0.0.1:{self.port}",
                   "--certs", self.certs, "--keys", self.keys, "--metrics", "",
                   "--drain-seconds", "3"] + self.store() + self.options
        if self.start_time:
            command += ["--manual-clock", self.start_time]
        return command

    def launch(self):
        """Starts the process and does not wait for it."""
        self.port = free_port()
        self.log = open(os.path.join(self.directory, "hotlined.log"), "ab")
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log)

    def start(self):
        self.launch()
        try:
            self._wait_serving()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_serving(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"hotlined ended with {self.process.returncode}:\n{self.tail()}")
            try:
                # generic call: the health messages' Python names clash with grpcio's own
                channel = self.channel("probe")
                check = channel.unary_unary("/grpc.health.v1.Health/Check")
                if check(b"", timeout=1) == b"\x08\x01":
                    return
            except grpc.RpcError:
                self.channels.pop("probe").close()
        raise AssertionError(f"hotlined does not serve:\n{self.tail()}")

    def stop(self, how=signal.SIGTERM):
        for channel in self.channels.values():
            channel.close()
        self.channels = {}
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"hotlined does not stop:\n{self.tail()}")
        code = self.process.returncode if self.process else 0
        self.log.close()
        if how == signal.SIGTERM and code != 0:
            raise AssertionError(f"hotlined stopped with {code}:\n{self.tail()}")

    def kill(self):
        self.stop(signal.SIGKILL)

    def tail(self, lines=40):
        with open(os.path.join(self.directory, "hotlined.log"), errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def tool(self, option):
        """hotlined --check or --rebuild on this database; an own Redis needs the server stopped."""
        return subprocess.run([os.path.join(BUILD, "hotlined"), option] + self.store(),
                              capture_output=True, text=True, timeout=120)

    def check(self):
        return self.tool("--check")

    def log_text(self):
        with open(os.path.join(self.directory, "hotlined.log"), errors="replace") as f:
            return f.read()

    # callers -------------------------------------------------------------------------------------

    def new_channel(self, certificate):
        """A connection of its own; the caller closes it."""
        credentials = grpc.ssl_channel_credentials(
            *(read(os.path.join(self.certs, name))
              for name in ("ca.pem", f"{certificate}.key", f"{certificate}.pem")))
        return grpc.secure_channel(f"127.0.0.1:{self.port}", credentials, [
            ("grpc.ssl_target_name_override", "localhost"), ("grpc.use_local_subchannel_pool", 1)])

    def channel(self, certificate):
        if certificate not in self.channels:
            self.channels[certificate] = self.new_channel(certificate)
        return self.channels[certificate]

    @property
    def admin(self):
        return Caller(self.channel("admin"))

    @property
    def district(self):
        return Caller(self.channel("district"))

    def person(self, staff):
        return Caller(self.channel("backend"), staff)

    def advance(self, text):
        self.admin.clock.AdvanceClock(
            clock_pb.AdvanceClockRequest(request_id=new_id(), to_time=at(text)))

    def advance_by(self, **how_long):
        move = clock_pb.AdvanceClockRequest(request_id=new_id())
        move.by_duration.FromTimedelta(timedelta(**how_long))
        self.admin.clock.AdvanceClock(move)

    def now(self):
        """Office time, as a Timestamp."""
        return self.admin.clock.GetClock(clock_pb.GetClockRequest()).now_time

    # a small office ------------------------------------------------------------------------------

    def found_office(self, units=("U01", "U02", "J01")):
        """Units, and per unit a specialist s-<unit> and a head h-<unit>; clerk c01, head c02."""
        put = self.admin.directory
        for unit in units:
            put.PutUnit(directory_pb.PutUnitRequest(
                name=f"{PARENT}/units/{unit}", request_id=new_id(),
                unit=directory_pb.Unit(display_name=f"单位{unit}",
                                       kind=1 if unit.startswith("J") else 2)))
        people = [("c01", 2, ""), ("c02", 3, "")]
        for unit in units:
            people += [(f"s-{unit}", 5, unit), (f"h-{unit}", 7, unit)]
        for staff, role, unit in people:
            self.appoint(staff, role, unit)

    def appoint(self, staff, role, unit="", appointment=None):
        put = self.admin.directory
        put.PutStaffMember(directory_pb.PutStaffMemberRequest(
            name=f"{PARENT}/staff/{staff}", request_id=new_id(),
            staff_member=directory_pb.StaffMember(display_name=staff)))
        put.PutAppointment(directory_pb.PutAppointmentRequest(
            name=f"{PARENT}/appointments/{appointment or 'a-' + staff}", request_id=new_id(),
            appointment=directory_pb.Appointment(
                staff=f"{PARENT}/staff/{staff}", role=role,
                unit=f"{PARENT}/units/{unit}" if unit else "",
                valid_from_time=at("2020-01-01 00:00"))))

    def receive(self, number, received, title="路灯不亮", content="小区门口路灯坏了三天。", **more):
        return self.district.intake.ReceiveOrder(intake_pb.ReceiveOrderRequest(
            parent=PARENT, request_id=new_id(), district_number=number, channel=1, category=3,
            received_time=at(received), text=order_pb.OrderText(title=title, content=content),
            place=order_pb.Place(address="友谊路示例弄12号"),
            citizen=order_pb.Citizen(
                kind=1, name="陈某芳", phones=[order_pb.CitizenPhone(number="13800000001")]),
            **more))

    def dispatched(self, number, received, unit="U01", limit=5):
        """An order received, accepted and dispatched now; its name."""
        order = self.receive(number, received).order.name
        clerk = self.person("c01")
        clerk.intake.AcceptOrder(intake_pb.AcceptOrderRequest(
            name=order, request_id=new_id(), category=3, matter=order_pb.Matter(code="010101")))
        clerk.dispatch.DispatchOrder(dispatch_pb.DispatchOrderRequest(
            name=order, request_id=new_id(), statutory=dispatch_pb.StatutoryDispatch(
                main_unit=f"{PARENT}/units/{unit}", legal_basis="职责清单第3条", limit_class=limit,
                limit_class_reason="" if limit == 5 else "按事项难易")))
        return order
