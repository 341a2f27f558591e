#!/usr/bin/python3
"""A generic client of Python's grpcio, all through reflection: an order from receipt to closing."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from generic_client import Generic
from hotline_server import new_id, refusal_of
from order_life import OfficeCase

LIFE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "life.json")
REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
EXPECTED = {f"hotline.v1.{name}Service" for name in (
    "Intake", "Dispatch", "Handling", "Review", "ReturnVisit", "Order", "Deadline", "Calendar",
    "Directory")} | set(REFLECTIONS) | {"grpc.health.v1.Health",
                                        "hotline.test.v1.ManualClockService"}


class Grpcio(OfficeCase):
    def clients(self, reflection):
        backend = Generic(self.server.channel("backend"), reflection)
        district = Generic(self.server.channel("district"), reflection)
        return lambda who: (district, None) if who == "district" else (backend, who)

    def test_reflection_lists_every_service(self):
        for reflection in REFLECTIONS:
            listed = Generic(self.server.channel("backend"), reflection).services()
            self.assertEqual(set(listed), EXPECTED)

    def test_an_order_goes_from_receipt_to_closing(self):
        with open(LIFE, encoding="utf-8") as file:
            text = file.read()
        for number, reflection in enumerate(REFLECTIONS):
            client_of = self.clients(reflection)
            filled = (text.replace('"NOW"', f'"{self.server.now().ToJsonString()}"')
                      .replace('"NUMBER"', f'"PY-{number}"'))
            name = None
            for step in json.loads(filled):
                client, person = client_of(step["as"])
                content = dict(step["content"], request_id=new_id())
                if name:
                    content["name"] = name
                order = client.call(step["method"], content, person)["order"]
                self.assertEqual(order["state"], step["state"], step["method"])
                name = order["name"]
            read = client_of("c01")[0].call("hotline.v1.OrderService/GetOrder", {"name": name},
                                            "c01")["order"]
            self.assertEqual((read["state"], read["event_count"]), ("ORDER_STATE_CLOSED", 11))
            self.assertEqual(read["citizen"]["name"], "陈**")

    def test_what_reflection_does_not_know_is_an_error_and_not_the_end(self):
        client = Generic(self.server.channel("backend"))
        with self.assertRaises(AssertionError):
            client.reflect(4, "hotline.v1.NoService")
        self.assertIn("hotline.v1.OrderService", client.services())
        unknown = self.server.channel("backend").unary_unary("/hotline.v1.No/Thing")
        refusal = refusal_of(unknown, b"")
        self.assertEqual(refusal.code, "UNIMPLEMENTED")


if __name__ == "__main__":
    unittest.main()
