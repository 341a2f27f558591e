#!/usr/bin/python3
"""Every text of every command: what the contract lets in goes in, one byte more is named."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from google.protobuf.descriptor import FieldDescriptor
from hotline.v1 import options_pb2
from hotline_server import PARENT, Refusal, new_id
from order_life import (
    MAIN_ROAD, Life, OfficeCase, method_of, pb, reception, request_for)
import grpc

HEAD = {"name", "parent", "request_id", "etag"}
DATES = {"plan.plan_date"}


def rule_of(field):
    return field.GetOptions().Extensions[options_pb2.rule]


def is_list(field):
    return field.label == FieldDescriptor.LABEL_REPEATED


def texts(message, path=""):
    """(path, holder, field) of every text that a request can carry; fills in lists by one entry."""
    for field in message.DESCRIPTOR.fields:
        rule, here = rule_of(field), f"{path}{field.name}"
        if rule.output_only or here in HEAD | DATES or rule.resource_name:
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            yield here + ("[0]" if is_list(field) else ""), message, field
        elif (field.type == FieldDescriptor.TYPE_MESSAGE
              and not field.message_type.full_name.startswith("google")):
            if is_list(field):
                holder = getattr(message, field.name)
                yield from texts(holder[0] if holder else holder.add(), f"{here}[0].")
            elif message.HasField(field.name):
                yield from texts(getattr(message, field.name), f"{here}.")


def put(holder, field, text):
    if is_list(field):
        del getattr(holder, field.name)[:]
        getattr(holder, field.name).append(text)
    else:
        setattr(holder, field.name, text)


class FieldLimits(OfficeCase):
    def refused_fields(self, method, request):
        try:
            method(request, timeout=30)
            return []
        except grpc.RpcError as error:
            refusal = Refusal(error)
            return refusal.fields or [refusal.reason]

    def wrong_limits(self, method, fresh):
        """Paths whose declared limit is not the one kept. fresh(): a request that passes."""
        wrong, seen = [], 0
        for path, _, _ in list(texts(fresh())):
            kept = []
            for more in (0, 1):
                request = fresh()
                holder, field = next((holder, field) for other, holder, field in texts(request)
                                     if other == path)
                put(holder, field, "1" * (rule_of(field).max_bytes + more))
                request.validate_only = True
                request.request_id = new_id()
                fields = self.refused_fields(method, request)
                kept.append(fields == ([path] if more else []))
            seen += 1
            if kept != [True, True]:
                wrong.append(path)
        self.assertGreater(seen, 0)
        return wrong

    def fresh_reception(self):
        request = reception("L1", self.server.now(), matter=pb.Matter(label="路灯"))
        request.citizen.contact_person = "王某"
        return request

    def wrong_limits_of(self, command, prepare, **content):
        life = prepare(Life(self.server).receive())
        return self.wrong_limits(
            method_of(self.server, command),
            lambda: request_for(command, life.name, self.server.now(), **content))

    def all_wrong_limits(self):
        wrong = self.wrong_limits(self.server.district.intake.ReceiveOrder, self.fresh_reception)
        for i, command in enumerate(MAIN_ROAD):
            if command != "TakeOrder":  # it brings no text
                wrong += self.wrong_limits_of(
                    command, lambda life: life.go(MAIN_ROAD[i - 1]) if i else life)
        wrong += self.wrong_limits_of("RejectReply", lambda life: life.go("SubmitReply"))
        wrong += self.wrong_limits_of("RecordVisitAttempt", lambda life: life.go("AcceptReply"))
        return wrong

    def test_every_text_fits_as_declared(self):
        self.assertEqual(self.all_wrong_limits(), [])

    def test_a_plan_fits_as_declared(self):
        day = self.server.now().ToDatetime().strftime("%Y-%m-%d")
        self.assertEqual(self.wrong_limits_of(
            "SubmitReply", lambda life: life.go("TakeOrder"), result_type=2,
            plan=pb.Plan(text="下月更换", plan_date=day)), [])

    def test_the_largest_delivery_of_all_is_stored_and_read_back(self):
        request = self.fresh_reception()
        del request.citizen.phones[:]
        request.citizen.phones.extend([pb.CitizenPhone(number=f"{i}" * 32) for i in range(3)])
        for path, holder, field in list(texts(request)):
            if path != "citizen.phones[0].number":
                character = "文" if rule_of(field).privacy != 1 else "a"
                count = rule_of(field).max_bytes // len(character.encode())
                put(holder, field, character * count)
        del request.related_district_numbers[:]
        request.related_district_numbers.extend([f"{i:064d}" for i in range(20)])
        life = Life(self.server)
        life.name = self.server.district.intake.ReceiveOrder(request).order.name
        shown = life.order("district")
        self.assertEqual((shown.text, shown.place), (request.text, request.place))
        shown.citizen.masked = False
        self.assertEqual(shown.citizen, request.citizen)
        self.assertEqual(list(shown.intake.related_district_numbers),
                         list(request.related_district_numbers))
        self.assertEqual(shown.intake.matter, request.matter)
        self.assertTrue(life.name.startswith(PARENT))


if __name__ == "__main__":
    unittest.main()
