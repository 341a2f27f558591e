#!/usr/bin/python3
"""ListOrders over TLS on a real Redis: every filter, page by page, against the same question asked
of all orders in Python; who sees what; what happens while orders move."""
import itertools
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline_server import PARENT, Server, at, new_id, reason_of, refused

from hotline.v1 import (
    clock_pb2 as clock_pb, directory_pb2 as directory_pb, dispatch_pb2 as dispatch_pb,
    handling_pb2 as handling_pb, intake_pb2 as intake_pb, order_pb2 as pb,
    order_service_pb2 as service_pb, return_visit_pb2 as visit_pb, review_pb2 as review_pb)

ACCEPT, CONTACT, TAKE, HANDLE = (clock_pb.CLOCK_KIND_ACCEPT, clock_pb.CLOCK_KIND_CONTACT,
                                 clock_pb.CLOCK_KIND_TAKE, clock_pb.CLOCK_KIND_HANDLE)
RECEIVED, ACCEPTED, DISPATCHED, HANDLING, REPLIED, CLOSED = (
    pb.ORDER_STATE_RECEIVED, pb.ORDER_STATE_ACCEPTED, pb.ORDER_STATE_DISPATCHED,
    pb.ORDER_STATE_HANDLING, pb.ORDER_STATE_REPLIED, pb.ORDER_STATE_CLOSED)
FINAL = {pb.ORDER_STATE_RETURNED, CLOSED, pb.ORDER_STATE_MERGED, pb.ORDER_STATE_CANCELLED}
NOW = "2026-07-15 10:00"
LEADER = 9


def unit(code):
    return f"{PARENT}/units/{code}"


class Office:
    """Commands in the fewest words that are allowed."""

    def __init__(self, server):
        self.server = server
        self.clerk = server.person("c01")

    def accept(self, order, urgent=False):
        self.clerk.intake.AcceptOrder(intake_pb.AcceptOrderRequest(
            name=order, request_id=new_id(), category=3, matter=pb.Matter(code="010101"),
            flags=pb.OrderFlags(urgent=urgent)))

    def dispatch(self, order, code, informed=(), limit=5):
        self.clerk.dispatch.DispatchOrder(dispatch_pb.DispatchOrderRequest(
            name=order, request_id=new_id(), statutory=dispatch_pb.StatutoryDispatch(
                main_unit=unit(code), informed_units=[unit(one) for one in informed],
                legal_basis="职责清单第3条", limit_class=limit,
                limit_class_reason="" if limit == 5 else "按事项难易")))

    def take(self, order, code):
        self.server.person(f"s-{code}").handling.TakeOrder(
            handling_pb.TakeOrderRequest(name=order, request_id=new_id()))

    def reply(self, order, code):
        self.clerk.handling.RecordContact(handling_pb.RecordContactRequest(
            name=order, request_id=new_id(), side=1, channel=1, result=1, contact_time=at(NOW),
            contact_line=1, summary="已联系"))
        self.server.person(f"s-{code}").handling.SubmitReply(handling_pb.SubmitReplyRequest(
            name=order, request_id=new_id(), result_type=1, handling_basis=1,
            answer=pb.CitizenAnswer(channel=1, answer_time=at(NOW), summary="已答复"),
            result_text="已修复"))

    def close(self, order):
        clerk = self.clerk
        clerk.review.AcceptReply(review_pb.AcceptReplyRequest(name=order, request_id=new_id()))
        clerk.visit.RecordVisit(visit_pb.RecordVisitRequest(
            name=order, request_id=new_id(), visit_time=at(NOW), channel=1, contact_line=1,
            contact=pb.ContactIndicator(unit_made_contact=1, demand_learned=1),
            result=pb.ResultIndicator(actively_coordinated=1, process_and_result_told=1,
                                      unsolved_explained=3, actually_solved=1),
            satisfaction=pb.SatisfactionIndicator(attitude=1, handling=1, bad_attitude=2,
                                                  understanding_sought=1), outcome=1))
        clerk.review.SubmitClosing(review_pb.SubmitClosingRequest(name=order, request_id=new_id()))
        self.server.district.review.RecordClosing(review_pb.RecordClosingRequest(
            name=order, request_id=new_id(), registration_number=f"J-{order[-4:]}",
            registration_time=at(NOW)))


def pages(caller, page_size=0, **filters):
    """The names of the orders, through all pages."""
    found, token = [], ""
    while True:
        page = caller.order.ListOrders(service_pb.ListOrdersRequest(
            parent=PARENT, page_size=page_size, page_token=token,
            filter=service_pb.OrderFilter(**filters)))
        assert len(page.orders) <= (page_size or 50)
        found += [order.name for order in page.orders]
        token = page.next_page_token
        if not token:
            return found


def is_in(time, begin, end):
    key = (time.seconds, time.nanos)
    return ((begin is None or (begin.seconds, begin.nanos) <= key) and
            (end is None or key < (end.seconds, end.nanos)))


def matches(order, open_only, states=(), unit="", limit_class=0, clock_kind=0, due_from_time=None,
            due_before_time=None, received_from_time=None, received_before_time=None,
            urgent_only=False, district_number=""):
    """The API's words on filters, once more."""
    if not states and order.state in FINAL and open_only and not clock_kind and not district_number:
        return False
    clocks = [clock for clock in order.clocks if clock.kind == clock_kind and
              clock.status == clock_pb.CLOCK_STATUS_RUNNING and
              is_in(clock.due_time, due_from_time, due_before_time)]
    return ((not states or order.state in states) and
            (not unit or order.assignment.main_unit == unit) and
            (not limit_class or order.assignment.limit_class == limit_class) and
            (not clock_kind or bool(clocks)) and
            is_in(order.intake.received_time, received_from_time, received_before_time) and
            (not urgent_only or order.intake.flags.urgent) and
            (not district_number or order.intake.district_number == district_number))


def place(order, clock_kind):
    """What a list is sorted by: due, earliest first, else delivery, newest first."""
    if clock_kind:
        due = next(clock.due_time for clock in order.clocks if clock.kind == clock_kind)
        return (due.seconds, order.name)
    return (order.intake.received_time.seconds, order.name)


def expected(orders, open_only, **filters):
    kind = filters.get("clock_kind", 0)
    found = [order for order in orders
             if matches(order, open_only or filters.get("urgent_only") or filters.get("unit"),
                        **filters)]
    return [order.name for order in
            sorted(found, key=lambda order: place(order, kind), reverse=not kind)]


class ListOrders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.server.found_office()
        cls.office = Office(cls.server)
        cls.server.advance(NOW)
        cls.make_orders()
        cls.orders = [cls.office.clerk.order.GetOrder(service_pb.GetOrderRequest(name=name)).order
                      for name in cls.names]
        cls.server.appoint("leader", LEADER)
        cls.server.admin.directory.PutPortfolio(directory_pb.PutPortfolioRequest(
            name=f"{PARENT}/portfolios/p1", request_id=new_id(), portfolio=directory_pb.Portfolio(
                leader=f"{PARENT}/staff/leader", units=[unit("U02"), unit("J01")],
                valid_from_time=at("2020-01-01 00:00"))))

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    @classmethod
    def make_orders(cls):
        """48 orders over four days, units, classes and six states; many of one instant."""
        cls.names, office = [], cls.office
        units = itertools.cycle(["U01", "U02", "J01"])
        for i in range(48):
            day = 10 + i % 4
            order = cls.server.receive(f"QX-{i:03}", f"2026-07-{day} 09:{'00' if i % 2 else '30'}"
                                       ).order.name
            cls.names.append(order)
            if i % 6 == 0:
                continue
            office.accept(order, urgent=i % 5 == 0)
            if i % 6 == 1:
                continue
            code = next(units)
            office.dispatch(order, code, informed=["U01"] if code != "U01" and i % 4 == 0 else (),
                            limit=(1, 5, 10)[i % 3])
            if i % 6 >= 3:
                office.take(order, code)
            if i % 6 >= 4:
                office.reply(order, code)
            if i % 6 == 5:
                office.close(order)

    # filters ----------------------------------------------------------------------------------

    FILTERS = [
        {},
        {"states": [RECEIVED]},
        {"states": [HANDLING, REPLIED]},
        {"states": [CLOSED]},
        {"states": [CLOSED, DISPATCHED, HANDLING]},
        {"unit": unit("U01")},
        {"unit": unit("U02"), "states": [HANDLING]},
        {"unit": unit("U02"), "states": [CLOSED]},
        {"unit": unit("J01"), "states": [CLOSED, REPLIED]},
        {"unit": unit("nowhere")},
        {"urgent_only": True},
        {"urgent_only": True, "states": [CLOSED]},
        {"urgent_only": True, "unit": unit("U01")},
        {"limit_class": 10},
        {"limit_class": 1, "states": [DISPATCHED]},
        {"district_number": "QX-017"},
        {"district_number": "QX-017", "states": [RECEIVED]},
        {"district_number": "none"},
        {"received_from_time": at("2026-07-11 09:30")},
        {"received_before_time": at("2026-07-11 09:30")},
        {"received_from_time": at("2026-07-11 09:00"), "received_before_time": at("2026-07-13 09:30"),
         "states": [ACCEPTED, CLOSED]},
        {"clock_kind": HANDLE},
        {"clock_kind": CONTACT},
        {"clock_kind": TAKE, "unit": unit("U02")},
        {"clock_kind": HANDLE, "unit": unit("U01"), "limit_class": 5},
        {"clock_kind": HANDLE, "due_from_time": at("2026-07-17 00:00")},
        {"clock_kind": HANDLE, "due_before_time": at("2026-07-23 00:00"), "states": [HANDLING]},
        {"clock_kind": HANDLE, "due_from_time": at("2026-07-23 00:00"),
         "due_before_time": at("2026-07-23 00:01")},
        {"clock_kind": CONTACT, "received_from_time": at("2026-07-13 00:00")},
        {"clock_kind": clock_pb.CLOCK_KIND_SUPERVISE},
    ]

    def compare(self, caller, orders, open_only, page_sizes):
        for filters in self.FILTERS:
            wanted = expected(orders, open_only, **filters)
            for page_size in page_sizes:
                self.assertEqual(pages(caller, page_size, **filters), wanted,
                                 (filters, page_size))

    def test_every_filter_finds_what_it_says_whatever_the_pages(self):
        self.assertEqual(len(expected(self.orders, False)), 48)
        self.assertGreater(len(expected(self.orders, False, states=[CLOSED])), 5)
        self.compare(self.office.clerk, self.orders, False, (0, 1, 3, 200))

    def test_the_district_and_the_watchers_see_all(self):
        self.compare(self.server.district, self.orders, False, (7,))

    # whose ------------------------------------------------------------------------------------

    def test_a_unit_sees_its_own_orders_and_those_it_is_informed_of(self):
        mine = [order for order in self.orders if unit("U01") == order.assignment.main_unit or
                unit("U01") in order.assignment.informed_units]
        self.assertTrue(any(order.assignment.main_unit != unit("U01") for order in mine))
        self.compare(self.server.person("s-U01"), mine, True, (0, 2))

    def test_a_leader_sees_the_units_of_the_portfolio(self):
        mine = [order for order in self.orders
                if order.assignment.main_unit in (unit("U02"), unit("J01"))]
        self.compare(self.server.person("leader"), mine, True, (0, 5))

    def test_who_has_no_cases_sees_none(self):
        self.assertEqual(refused(pages, self.server.admin), "PERMISSION_DENIED")

    # rows -------------------------------------------------------------------------------------

    def row(self, caller, **filters):
        return caller.order.ListOrders(service_pb.ListOrdersRequest(
            parent=PARENT, filter=service_pb.OrderFilter(**filters))).orders[0]

    def test_a_row_is_the_order_in_basic_view(self):
        row = self.row(self.office.clerk, states=[REPLIED])
        whole = self.office.clerk.order.GetOrder(service_pb.GetOrderRequest(name=row.name)).order
        self.assertEqual(row.view, pb.ORDER_VIEW_BASIC)
        self.assertEqual((row.name, row.etag, row.state), (whole.name, whole.etag, whole.state))
        self.assertEqual(row.text.title, "路灯不亮")
        self.assertEqual(row.text.content, "")
        self.assertEqual(row.place, whole.place)
        self.assertEqual(row.clocks, whole.clocks)
        self.assertEqual(row.intake, whole.intake)
        self.assertEqual(row.citizen, whole.citizen)
        self.assertEqual((len(row.replies), len(row.contacts)), (0, 0))

    def test_rows_are_masked_one_by_one(self):
        caller = self.server.person("s-U01")
        page = caller.order.ListOrders(service_pb.ListOrdersRequest(parent=PARENT, page_size=200))
        informed = [row for row in page.orders if row.assignment.main_unit != unit("U01")]
        own = [row for row in page.orders if row.assignment.main_unit == unit("U01")]
        self.assertTrue(informed and own)
        for row in page.orders:
            alone = caller.order.GetOrder(service_pb.GetOrderRequest(name=row.name)).order
            self.assertEqual(row.citizen, alone.citizen)
            self.assertEqual(row.place, alone.place)
        for row in informed:
            self.assertFalse(row.HasField("citizen"))
        for row in own:
            self.assertTrue(row.HasField("citizen"))

    # what is refused ----------------------------------------------------------------------------

    def test_what_cannot_be_asked_is_refused_with_its_field(self):
        def fields(**filters):
            try:
                pages(self.office.clerk, **filters)
            except grpc.RpcError as error:
                reason, _, named = reason_of(error)
                self.assertEqual(reason, "REQUEST_INVALID")
                return named
            return None

        day = at("2026-07-15 00:00")
        self.assertEqual(fields(due_from_time=day), ["filter.clock_kind"])
        self.assertEqual(fields(clock_kind=HANDLE, due_from_time=day, due_before_time=day),
                         ["filter.due_before_time"])
        self.assertEqual(fields(received_from_time=day, received_before_time=day),
                         ["filter.received_before_time"])
        self.assertEqual(fields(unit="subdistricts/310113009/units/U01"), ["filter.unit"])

    def test_a_page_token_serves_its_own_query_only(self):
        clerk = self.office.clerk.order

        def ask(token, **filters):
            return clerk.ListOrders(service_pb.ListOrdersRequest(
                parent=PARENT, page_size=2, page_token=token,
                filter=service_pb.OrderFilter(**filters)))

        token = ask("", states=[RECEIVED]).next_page_token
        self.assertTrue(token)
        ask(token, states=[RECEIVED])
        self.assertEqual(refused(ask, token, states=[ACCEPTED]), "PAGE_TOKEN_INVALID")
        self.assertEqual(refused(ask, "x" + token[1:], states=[RECEIVED]), "PAGE_TOKEN_INVALID")
        self.assertEqual(refused(ask, "nonsense", states=[RECEIVED]), "PAGE_TOKEN_INVALID")


class Moving(unittest.TestCase):
    """Lists while orders move, and lists too long for one call."""

    def test_orders_that_leave_do_not_disturb_the_pages(self):
        with Server() as server:
            server.found_office()
            server.advance(NOW)
            office = Office(server)
            # all of one instant: only their names tell them apart
            names = [server.receive(f"M-{i}", "2026-07-15 09:00").order.name for i in range(30)]
            seen, token, gone = [], "", []
            while True:
                page = office.clerk.order.ListOrders(service_pb.ListOrdersRequest(
                    parent=PARENT, page_size=4, page_token=token,
                    filter=service_pb.OrderFilter(states=[RECEIVED])))
                seen += [order.name for order in page.orders]
                token = page.next_page_token
                if not token:
                    break
                # the last one seen leaves the list: its place can no longer be found by counting
                office.accept(seen[-1])
                gone.append(seen[-1])
            self.assertEqual(seen, sorted(names, reverse=True))
            self.assertTrue(gone)

    def test_a_long_list_comes_in_short_pages(self):
        with Server() as server:
            server.found_office()
            server.advance(NOW)
            office = Office(server)
            calls = [server.district.intake.ReceiveOrder.future(intake_pb.ReceiveOrderRequest(
                parent=PARENT, request_id=new_id(), district_number=f"L-{i}", channel=1,
                category=3, received_time=at("2026-07-15 09:00"),
                text=pb.OrderText(title="t", content="c"),
                citizen=pb.Citizen(kind=4))) for i in range(2100)]
            first = min(call.result().order.name for call in calls)
            office.accept(first) # the last in the order of the list
            page = office.clerk.order.ListOrders(service_pb.ListOrdersRequest(
                parent=PARENT, page_size=5, filter=service_pb.OrderFilter(
                    states=[RECEIVED, ACCEPTED], limit_class=5)))
            self.assertEqual(len(page.orders), 0)
            self.assertTrue(page.next_page_token, "2,000 records looked at, not all")
            office.dispatch(first, "U01")
            self.assertEqual(pages(office.clerk, 5, limit_class=5), [first])
            self.assertEqual(len(pages(office.clerk, 200)), 2100)


if __name__ == "__main__":
    unittest.main(verbosity=2)
