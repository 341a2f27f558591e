#!/usr/bin/python3
"""Commands given again, tried only, given on a stale reading; orders delivered again."""
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
import grpc
from hotline_server import Refusal, new_id, refusal_of, refused
from order_life import MAIN_ROAD, PHONE, Life, OfficeCase, intake_pb, pb, reception


class Again(OfficeCase):
    def commands(self):
        """Every command of the main road with the life that stands before it."""
        life = Life(self.server).receive()
        for command in MAIN_ROAD:
            yield command, life
            if command not in life.done:
                life.give(command)

    def test_every_command_given_again_by_its_request_id_is_the_first_answer(self):
        sent = []
        for command, life in self.commands():
            request = life.request(command)
            first = life.method(command)(request)
            life.done.add(command)
            again = life.method(command)(request)
            self.assertEqual((first.replayed, again.replayed), (False, True), command)
            self.assertEqual(again.order.etag, first.order.etag, command)
            sent.append((command, request))
        closed = life.order()
        for command, request in sent:
            answer = life.method(command)(request)
            self.assertTrue(answer.replayed, command)
            self.assertEqual((answer.order.name, answer.order.etag), (life.name, closed.etag),
                             "rendered anew, as it stands now")
        self.assertEqual(life.order(), closed)

    def test_a_request_id_belongs_to_its_caller(self):
        life, other = Life(self.server).receive(), Life(self.server).receive()
        request_id = new_id()
        life.give("AcceptOrder", "c01", request_id=request_id)
        self.assertFalse(other.give("AcceptOrder", "c02", request_id=request_id).replayed)
        self.assertEqual(refused(other.give, "RecordContact", "c01", request_id=request_id),
                         "REQUEST_ID_REUSED")

    def test_a_refused_command_leaves_its_request_id_free(self):
        life, request_id = Life(self.server).receive(), new_id()
        self.assertEqual(refused(life.give, "DispatchOrder", request_id=request_id), "WRONG_STATE")
        life.give("AcceptOrder")
        self.assertFalse(life.give("DispatchOrder", request_id=request_id).replayed)

    def test_one_request_sent_many_times_at_once_is_one_event(self):
        life = Life(self.server).receive()
        request, answers, failed = life.request("AcceptOrder"), [], []

        def send():
            try:
                answers.append(life.method("AcceptOrder")(request, timeout=30))
            except grpc.RpcError as error:
                failed.append(Refusal(error).reason)

        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(sorted(answer.replayed for answer in answers), [False] + [True] * 15)
        self.assertEqual(life.order().event_count, 2)

    # validate_only ----------------------------------------------------------------------------

    def test_a_tried_command_shows_what_would_be_and_changes_nothing(self):
        for command, life in self.commands():
            before, request_id = life.order(), new_id()
            request = life.request(command, request_id=request_id, validate_only=True)
            tried = life.method(command)(request)
            self.assertEqual(life.order(), before, f"{command} was only tried")
            self.assertFalse(tried.replayed)
            request.validate_only = False
            done = life.method(command)(request)
            life.done.add(command)
            self.assertFalse(done.replayed, "the id was not used up")
            self.assertEqual(done.order.state, tried.order.state, command)
            self.assertEqual([(clock.kind, clock.status, clock.due_time)
                              for clock in done.order.clocks],
                             [(clock.kind, clock.status, clock.due_time)
                              for clock in tried.order.clocks], command)

    def test_a_tried_delivery_makes_no_order(self):
        life = Life(self.server)
        request = reception(life.number, self.server.now(), validate_only=True)
        receive = self.server.district.intake.ReceiveOrder
        self.assertEqual(receive(request).order.state, 1)
        request.validate_only = False
        first = receive(request)
        self.assertFalse(first.replayed)
        self.assertEqual(first.order.event_count, 1)

    def test_a_tried_command_is_refused_like_a_real_one(self):
        life = Life(self.server).receive()
        self.assertEqual(refused(life.give, "TakeOrder", "s-U01", validate_only=True),
                         "PERMISSION_DENIED")
        self.assertEqual(refused(life.give, "DispatchOrder", validate_only=True), "WRONG_STATE")

    # etag -------------------------------------------------------------------------------------

    def test_a_command_on_a_stale_reading_is_aborted(self):
        for command, life in self.commands():
            order = life.order()
            for stale in ("v0", f"v{int(order.etag[1:]) + 1}", "x"):
                refusal = refusal_of(life.give, command, etag=stale)
                self.assertEqual((refusal.code, refusal.reason), ("ABORTED", "ETAG_MISMATCH"))
            self.assertEqual(life.order(), order)
            after = life.give(command, etag=order.etag).order
            self.assertNotEqual(after.etag, order.etag)

    def test_of_two_commands_on_one_reading_one_wins(self):
        life = Life(self.server).receive()
        etag, won, lost = life.order().etag, [], []

        def note(i):
            try:
                won.append(life.give("RecordContact", etag=etag, summary=f"第{i}次"))
            except grpc.RpcError as error:
                lost.append(Refusal(error).code)

        threads = [threading.Thread(target=note, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(won), lost), (1, ["ABORTED"] * 7))
        self.assertEqual(len(life.order().contacts), 1)

    # the district's number again --------------------------------------------------------------

    def deliver(self, request, **changes):
        again = intake_pb.ReceiveOrderRequest()
        again.CopyFrom(request)
        again.request_id = new_id()
        for field, value in changes.items():
            if isinstance(value, (int, str)):
                setattr(again, field, value)
            else:
                getattr(again, field).CopyFrom(value)
        return self.server.district.intake.ReceiveOrder(again)

    def test_the_number_again_with_the_same_content_is_the_first_answer(self):
        life = Life(self.server)
        request = reception(life.number, self.server.now())
        first = self.deliver(request)
        life.name = first.order.name
        life.go("TakeOrder")
        again = self.deliver(request)
        self.assertEqual((first.replayed, again.replayed), (False, True))
        self.assertEqual(again.order.name, first.order.name)
        self.assertEqual(again.order.etag, life.order().etag)
        self.assertEqual(again.order.intake.amendment_count, 0)

    def test_the_number_again_with_other_content_amends_the_one_order(self):
        life = Life(self.server)
        request = reception(life.number, self.server.now())
        life.name = self.deliver(request).order.name
        life.go("TakeOrder")
        before = life.order("district")
        other = pb.Citizen(kind=1, name="李某华", phones=[pb.CitizenPhone(number="13900000002")])
        amended = self.deliver(request, citizen=other,
                               text=pb.OrderText(title="路灯不亮", content="又坏了两盏。")).order
        self.assertEqual(amended.name, life.name)
        self.assertEqual((amended.state, amended.intake.amendment_count), (before.state, 1))
        self.assertTrue(amended.intake.HasField("amended_time"))
        self.assertEqual((amended.text.content, amended.citizen.name), ("又坏了两盏。", "李某华"))
        self.assertEqual([clock.due_time for clock in amended.clocks],
                         [clock.due_time for clock in before.clocks])
        event = life.timeline()[-1]
        self.assertEqual((event.kind, event.transition), (39, "T39"))
        self.assertEqual(life.timeline("s-U01")[-1].number, event.number)
        self.assertNotIn(PHONE, str(life.timeline()))
        # The amended content is what a further delivery is compared with.
        again = self.deliver(request, citizen=other,
                             text=pb.OrderText(title="路灯不亮", content="又坏了两盏。"))
        self.assertTrue(again.replayed)
        self.assertEqual(again.order.intake.amendment_count, 1)

    def test_a_closed_order_is_amended_and_stays_closed(self):
        life = Life(self.server)
        request = reception(life.number, self.server.now())
        life.name = self.deliver(request).order.name
        life.go("RecordClosing")
        amended = self.deliver(request, city_number="SH-1").order
        self.assertEqual((amended.state, amended.intake.city_number), (16, "SH-1"))

    def test_one_number_delivered_many_times_at_once_is_one_order(self):
        number, names, failed = Life(self.server).number, [], []
        now = self.server.now()

        def deliver(i):
            request = reception(number, now, text=pb.OrderText(title="占道", content=f"内容{i % 2}"))
            try:
                names.append(self.server.district.intake.ReceiveOrder(request).order.name)
            except grpc.RpcError as error:
                failed.append(Refusal(error).reason)

        threads = [threading.Thread(target=deliver, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLessEqual(set(failed), {"CONFLICT"})
        self.assertEqual(len(set(names)), 1)


if __name__ == "__main__":
    unittest.main()
