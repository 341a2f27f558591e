#!/usr/bin/python3
"""The 500 rounds of test_server_crash.py."""
import os

os.environ.setdefault("HOTLINE_CRASH_ROUNDS", "500")
from test_server_crash import ServerCrash, unittest  # noqa: E402, F401

if __name__ == "__main__":
    unittest.main()
