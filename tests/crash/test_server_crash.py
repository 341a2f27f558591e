#!/usr/bin/python3
"""kill -9 of the server, of Redis, of both, under load, over TLS: see support/crash_rounds.py."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from crash_rounds import run_rounds


class ServerCrash(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(self):
        rounds = int(os.environ.get("HOTLINE_CRASH_ROUNDS", "50"))
        seed = os.environ.get("HOTLINE_SEED") or str(int.from_bytes(os.urandom(4), "big"))
        run_rounds(self, rounds, seed)


if __name__ == "__main__":
    unittest.main()
