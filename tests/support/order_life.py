"""The commands of an order's life, each filled in so that it passes: a test says only what it is
about.

    class Something(OfficeCase):                      # a server, a small office, an order a test
        def test_it(self):
            life = Life(self.server).receive()
            life.give("AcceptOrder")                  # by who usually gives it
            life.give("RejectReply", by="c02", reasons=[2])
"""
import itertools
import unittest

from hotline.v1 import (
    deadline_pb2 as deadline_pb, dispatch_pb2 as dispatch_pb, handling_pb2 as handling_pb,
    intake_pb2 as intake_pb, order_pb2 as pb, order_service_pb2 as read_pb,
    return_visit_pb2 as visit_pb, review_pb2 as review_pb)
from hotline_server import PARENT, SHANGHAI, Server, new_id

# Words that must never show up where personal data has no business (logs, masked answers).
CITIZEN_NAME, PHONE, ID_NUMBER = "陈某芳", "13800000001", "310113198001010012"
HOME, CONTENT = "友谊支路示例新村7号301室", "小区门口路灯坏了三天，晚上老人出行不便。"


def unit(code):
    return f"{PARENT}/units/{code}"


def citizen():
    return pb.Citizen(kind=1, name=CITIZEN_NAME, sex=2, id_number=ID_NUMBER, address=HOME,
                      phones=[pb.CitizenPhone(number=PHONE),
                              pb.CitizenPhone(number="02156110001")])


def local(stamp):
    """A Timestamp as '2026-02-13 16:00' in Shanghai."""
    return stamp.ToDatetime(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _indicators():
    return dict(
        contact=pb.ContactIndicator(unit_made_contact=1, demand_learned=1),
        result=pb.ResultIndicator(actively_coordinated=1, process_and_result_told=1,
                                  unsolved_explained=3, actually_solved=1),
        satisfaction=pb.SatisfactionIndicator(attitude=1, handling=2, bad_attitude=2,
                                              understanding_sought=3))


# command: desk of the stubs, who usually gives it, request, content at an instant
COMMANDS = {
    "AcceptOrder": ("intake", "c01", intake_pb.AcceptOrderRequest, lambda now: dict(
        category=3, matter=pb.Matter(code="010101", label="路灯"))),
    "DispatchOrder": ("dispatch", "c01", dispatch_pb.DispatchOrderRequest, lambda now: dict(
        statutory=dispatch_pb.StatutoryDispatch(
            main_unit=unit("U01"), legal_basis="职责清单第3条", limit_class=5,
            informed_units=[unit("U02")]))),
    "TakeOrder": ("handling", "s-U01", handling_pb.TakeOrderRequest, lambda now: {}),
    "RecordContact": ("handling", "c01", handling_pb.RecordContactRequest, lambda now: dict(
        side=1, channel=1, result=1, contact_time=now, contact_line=1, summary="已联系，了解诉求")),
    "RecordProgress": ("handling", "s-U01", handling_pb.RecordProgressRequest, lambda now: dict(
        kind=2, progress_time=now, text="现场查看，灯杆断电", participants="吴某")),
    "SubmitReply": ("handling", "s-U01", handling_pb.SubmitReplyRequest, lambda now: dict(
        result_type=1, handling_basis=1, result_text="已更换线路，路灯恢复。",
        answer=pb.CitizenAnswer(channel=1, answer_time=now, summary="已电话告知，市民认可"))),
    "AcceptReply": ("review", "c01", review_pb.AcceptReplyRequest, lambda now: dict(
        text="回复合理")),
    "RejectReply": ("review", "c01", review_pb.RejectReplyRequest, lambda now: dict(
        reasons=[6], text="请附照片")),
    "RecordVisit": ("visit", "c01", visit_pb.RecordVisitRequest, lambda now: dict(
        visit_time=now, channel=1, contact_line=1, outcome=1, text="市民满意", **_indicators())),
    "RecordVisitAttempt": ("visit", "c01", visit_pb.RecordVisitAttemptRequest, lambda now: dict(
        attempt_time=now, channel=1, contact_line=1, result=2)),
    "SubmitClosing": ("review", "c01", review_pb.SubmitClosingRequest, lambda now: dict(
        text="已办结，请予登记")),
    "RecordClosing": ("review", "district", review_pb.RecordClosingRequest, lambda now: dict(
        registration_number="JA-2026-1", registration_time=now, note="予以结案")),
}
# The straight way from receipt to closing.
MAIN_ROAD = ["AcceptOrder", "RecordContact", "DispatchOrder", "TakeOrder", "RecordProgress",
             "SubmitReply", "AcceptReply", "RecordVisit", "SubmitClosing", "RecordClosing"]
_numbers = itertools.count(1)


def reception(number, received, **content):
    content = dict(parent=PARENT, request_id=new_id(), district_number=number, channel=1,
                   category=3, received_time=received, citizen=citizen(),
                   text=pb.OrderText(title="路灯不亮", content=CONTENT),
                   place=pb.Place(address="友谊路示例弄12号", grid="YY-07")) | content
    return intake_pb.ReceiveOrderRequest(**content)


def request_for(command, name, now, **content):
    """A request that passes, but for what `content` says otherwise."""
    _, _, message, usual = COMMANDS[command]
    content = dict(name=name, request_id=new_id()) | usual(now) | content
    return message(**content)


def caller(server, who):
    return getattr(server, who) if who in ("district", "admin") else server.person(who)


def method_of(server, command, by=None):
    desk, usual, _, _ = COMMANDS[command]
    return getattr(getattr(caller(server, by or usual), desk), command)


class Life:
    """One order of a server."""

    def __init__(self, server, name=None):
        self.server, self.name = server, name
        self.number = f"QF{next(_numbers):06d}"
        self.done = set()

    def receive(self, received=None, **content):
        request = reception(self.number, received or self.server.now(), **content)
        self.name = self.server.district.intake.ReceiveOrder(request).order.name
        return self

    def request(self, command, **content):
        return request_for(command, self.name, self.server.now(), **content)

    def method(self, command, by=None):
        return method_of(self.server, command, by)

    def give(self, command, by=None, **content):
        """Gives the command and answers the whole response."""
        answer = self.method(command, by)(self.request(command, **content), timeout=30)
        self.done.add(command)
        return answer

    def go(self, last):
        """Along the main road up to and with `last`, from where the order stands."""
        for command in MAIN_ROAD:
            if command not in self.done:
                self.give(command)
            if command == last:
                return self
        raise AssertionError(f"{last} is not on the main road")

    def go_on(self, *commands):
        for command in commands:
            self.give(command)
        return self

    def order(self, by="c01"):
        return caller(self.server, by).order.GetOrder(
            read_pb.GetOrderRequest(name=self.name), timeout=30).order

    def timeline(self, by="c01"):
        return list(caller(self.server, by).order.GetTimeline(
            read_pb.GetTimelineRequest(name=self.name, page_size=200), timeout=30).events)

    def available(self, by="c01"):
        """Names of the commands the caller may give now."""
        answer = caller(self.server, by).order.ListAvailableCommands(
            read_pb.ListAvailableCommandsRequest(name=self.name), timeout=30)
        return [one.command for one in answer.commands if one.allowed]

    def clock(self, kind, by="c01"):
        """The newest clock of a kind; None when there is none."""
        clocks = [one for one in self.order(by).clocks if one.kind == kind]
        return max(clocks, key=lambda one: one.stamp) if clocks else None

    def explain(self, kind, by="c01"):
        return caller(self.server, by).deadline.ExplainDeadline(
            deadline_pb.ExplainDeadlineRequest(name=self.name, clock_kind=kind), timeout=30)


class OfficeCase(unittest.TestCase):
    """Tests that share one server with a small office."""
    start = "2026-03-02T09:00:00+08:00"
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClass(Server(*cls.options, start=cls.start))
        cls.server.found_office()

    @classmethod
    def enterClass(cls, server):
        server.__enter__()
        cls.addClassCleanup(server.__exit__, None, None, None)
        return server
