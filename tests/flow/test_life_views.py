#!/usr/bin/python3
"""Who sees what of an order (article 16), and what each may do with it, at every desk."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from hotline.v1 import directory_pb2 as directory_pb
from hotline_server import PARENT, at, new_id, refused
from order_life import (
    CITIZEN_NAME, CONTENT, HOME, ID_NUMBER, PHONE, Life, OfficeCase, caller, pb, read_pb, unit)

LEADER, UOC_HEAD, AUDITOR, GRID_WORKER = 9, 4, 13, 6


class Views(OfficeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls.server
        for staff, role, where in (("l-mine", LEADER, ""), ("l-other", LEADER, ""),
                                   ("uoc", UOC_HEAD, ""), ("auditor", AUDITOR, ""),
                                   ("grid", GRID_WORKER, "U01")):
            server.appoint(staff, role, where)
        for leader, led in (("l-mine", "U01"), ("l-other", "J01")):
            server.admin.directory.PutPortfolio(directory_pb.PutPortfolioRequest(
                name=f"{PARENT}/portfolios/p-{leader}", request_id=new_id(),
                portfolio=directory_pb.Portfolio(
                    leader=f"{PARENT}/staff/{leader}", units=[unit(led)],
                    valid_from_time=at("2020-01-01 00:00"))))
        cls.life = Life(server).receive().go("RecordVisit")

    def assert_citizen(self, who, name, phone, id_number, address):
        shown = self.life.order(who)
        self.assertEqual((shown.citizen.name, shown.citizen.phones[0].number,
                          shown.citizen.id_number, shown.citizen.address),
                         (name, phone, id_number, address), who)
        self.assertEqual(shown.citizen.masked, name != CITIZEN_NAME)
        self.assertEqual(shown.text.content, CONTENT)
        self.assertEqual(shown.place.address, "友谊路示例弄12号")
        self.assertEqual((len(shown.contacts), len(shown.replies), len(shown.visits)), (1, 1, 1))
        self.assertTrue(shown.contacts[0].summary and shown.replies[0].result_text)

    def test_the_district_sees_what_it_sent(self):
        self.assert_citizen("district", CITIZEN_NAME, PHONE, ID_NUMBER, HOME)

    def test_the_office_sees_a_masked_citizen(self):
        for who in ("c01", "c02"):
            self.assert_citizen(who, "陈**", "138****0001", "310***12", "友谊支路示例***")

    def test_the_main_unit_its_leader_and_those_who_watch_see_less_of_the_citizen(self):
        for who in ("s-U01", "h-U01", "grid", "l-mine", "uoc", "auditor"):
            self.assert_citizen(who, "陈**", "138****0001", "", "")

    def test_an_informed_unit_sees_the_matter_and_the_place_and_no_words_of_anybody(self):
        shown = self.life.order("s-U02")
        self.assertEqual(shown.state, self.life.order().state)
        self.assertEqual(shown.assignment.main_unit, unit("U01"))
        self.assertEqual(shown.place.address, "友谊路示例弄12号")
        self.assertFalse(shown.HasField("citizen"))
        self.assertEqual(shown.text.content, "")
        self.assertFalse(shown.contacts or shown.replies or shown.visits or shown.progress_notes)
        text = str(shown)
        for word in (CITIZEN_NAME, PHONE, ID_NUMBER, HOME, CONTENT, "已更换线路", "已联系"):
            self.assertNotIn(word, text)
        self.assertTrue(shown.clocks)

    def test_who_has_nothing_to_do_with_it_sees_nothing(self):
        for who in ("s-J01", "h-J01", "l-other", "admin"):
            for read in (self.life.order, self.life.timeline, self.life.available):
                self.assertEqual(refused(read, who), "PERMISSION_DENIED", who)

    def test_a_unit_sees_an_order_from_its_dispatch_on(self):
        life = Life(self.server).receive().go("RecordContact")
        for who in ("s-U01", "s-U02", "l-mine"):
            self.assertEqual(refused(life.order, who), "PERMISSION_DENIED")
        life.give("DispatchOrder")
        for who in ("s-U01", "s-U02", "l-mine"):
            self.assertEqual(life.order(who).name, life.name)

    def test_the_timeline_is_the_same_for_all_but_for_words(self):
        whole = self.life.timeline("c01")

        def facts(events):
            return [(event.number, event.kind, event.chain_digest, event.article, event.label_zh)
                    for event in events]

        for who in ("s-U01", "s-U02", "l-mine", "uoc", "auditor", "district"):
            self.assertEqual(facts(self.life.timeline(who)), facts(whole), who)
        said, told = ("".join(text.text for event in self.life.timeline(who)
                              for text in event.texts) for who in ("c01", "s-U02"))
        for word in (CONTENT, "已更换线路", "已联系，", "现场查看"):
            self.assertIn(word, said)
            self.assertNotIn(word, told)
        for word in (CITIZEN_NAME, PHONE):
            self.assertNotIn(word, said + told)

    def test_the_history_grows_at_its_end_only(self):
        life = Life(self.server).receive().go("DispatchOrder")
        before = life.timeline()
        after = life.go_on("TakeOrder").timeline()
        self.assertEqual(after[:len(before)], before)
        self.assertEqual(len(after), len(before) + 1)

    def test_the_timeline_comes_in_pages(self):
        orders, whole, token, pages = caller(self.server, "c01").order, [], "", 0
        while True:
            page = orders.GetTimeline(read_pb.GetTimelineRequest(
                name=self.life.name, page_size=3, page_token=token))
            self.assertLessEqual(len(page.events), 3)
            whole, token, pages = whole + list(page.events), page.next_page_token, pages + 1
            if not token:
                break
        self.assertEqual(whole, self.life.timeline())
        self.assertGreater(pages, 2)

    def test_what_may_be_done_follows_state_and_caller(self):
        life = Life(self.server).receive()
        contact = ["RecordContact"]
        expected = [  # state, office, main unit, district
            ("", contact + ["AcceptOrder"], None, []),
            ("AcceptOrder", contact + ["DispatchOrder"], None, []),
            ("DispatchOrder", contact, contact + ["TakeOrder", "RecordProgress"], []),
            ("TakeOrder", contact, contact + ["RecordProgress", "SubmitReply"], []),
            ("SubmitReply", contact + ["AcceptReply", "RejectReply"], contact, []),
            ("RejectReply", contact, contact + ["RecordProgress", "SubmitReply"], []),
            ("SubmitReply", contact + ["AcceptReply", "RejectReply"], contact, []),
            ("AcceptReply", contact + ["RecordVisit", "RecordVisitAttempt"], contact, []),
            ("RecordVisit", contact + ["SubmitClosing"], contact, []),
            ("SubmitClosing", contact, contact, ["RecordClosing"]),
            ("RecordClosing", [], [], [])]
        for command, office, main_unit, district in expected:
            if command:
                life.give(command)
            self.assertEqual(sorted(life.available("c01")), sorted(office), f"after {command}")
            self.assertEqual(life.available("district"), district, f"after {command}")
            if main_unit is not None:
                self.assertEqual(sorted(life.available("s-U01")), sorted(main_unit))
                self.assertEqual(life.available("s-U02"), [], "informed units owe nothing")
                self.assertEqual(life.available("l-mine"), [])

    def test_what_may_not_be_done_says_why(self):
        life = Life(self.server).receive()
        answer = caller(self.server, "c01").order.ListAvailableCommands(
            read_pb.ListAvailableCommandsRequest(name=life.name))
        self.assertEqual((answer.state, answer.etag), (life.order().state, life.order().etag))
        self.assertEqual([one.allowed for one in answer.commands],
                         sorted((one.allowed for one in answer.commands), reverse=True))
        for one in answer.commands:
            self.assertEqual(bool(one.refusal), not one.allowed, one.command)
            self.assertEqual(bool(one.refusal_zh and one.refusal_en), not one.allowed)
            self.assertTrue(one.label_zh and one.label_en and one.method.startswith("hotline.v1."))
            self.assertTrue(one.roles)
        why = {one.command: one.refusal for one in answer.commands}
        self.assertEqual((why["AcceptOrder"], why["DispatchOrder"]), ("", "WRONG_STATE"))

    def test_what_is_in_the_list_of_orders_shows_no_long_words(self):
        listed = caller(self.server, "c01").order.ListOrders(read_pb.ListOrdersRequest(
            parent=PARENT, filter=read_pb.OrderFilter(district_number=self.life.number))).orders
        self.assertEqual([order.name for order in listed], [self.life.name])
        self.assertEqual((listed[0].view, listed[0].text.content, len(listed[0].replies)),
                         (1, "", 0))
        self.assertEqual(refused(caller(self.server, "admin").order.ListOrders,
                                 read_pb.ListOrdersRequest(parent=PARENT)), "PERMISSION_DENIED")
        foreign = caller(self.server, "s-J01").order.ListOrders(
            read_pb.ListOrdersRequest(parent=PARENT, filter=read_pb.OrderFilter(
                states=[pb.ORDER_STATE_REVIEWED])))
        self.assertEqual(list(foreign.orders), [])

    def test_every_fact_names_who_did_it_and_when(self):
        order = Life(self.server).receive().go("RecordClosing").order()
        for part, fields in (
                (order.intake, ("recorded_time", "accepted_time", "accepted_by")),
                (order.assignment, ("dispatched_by", "taken_by", "taken_time")),
                (order.contacts[0], ("recorded_time", "actor")),
                (order.progress_notes[0], ("recorded_time", "actor")),
                (order.replies[0], ("submit_time", "author")),
                (order.replies[0].review, ("reviewer", "decision_time")),
                (order.visits[0], ("recorded_time", "visitor")),
                (order.closing, ("submitted_by", "submitted_time", "recorded_time"))):
            for field in fields:
                self.assertTrue(part.HasField(field), f"{part.DESCRIPTOR.name}.{field}")

    def test_a_reminder_is_told_by_one_event_only(self):
        life = Life(self.server).receive().go("AcceptOrder")
        told = [text.text for event in life.timeline() for text in event.texts
                if text.field == "reminder"]
        self.assertEqual(len(told), len(set(told)))


if __name__ == "__main__":
    unittest.main()
