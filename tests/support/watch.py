"""A WatchReminders stream as a list that can be waited for."""
import queue
import threading
import time

import grpc

from hotline.v1 import deadline_pb2 as deadline_pb
from hotline_server import PARENT


def wait_until(condition, what, seconds=20):
    """The condition's first true value; for what has no stream to wait on."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause.wait(0.02)


class Watch:
    """Opened when made: everything that is raised from then on (or after a cursor) comes."""

    def __init__(self, caller, after="", unit=""):
        self.stream = caller.deadline.WatchReminders(deadline_pb.WatchRemindersRequest(
            parent=PARENT, after=after, unit=unit))
        self.messages, self.seen = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()
        self.cursor = self._next(20).created.cursor

    def _read(self):
        try:
            for message in self.stream:
                self.messages.put(message)
        except grpc.RpcError as error:
            self.messages.put(error)

    def _next(self, seconds):
        message = self.messages.get(timeout=seconds)
        if isinstance(message, grpc.RpcError):
            raise message
        return message

    def next(self, seconds=20):
        """The next reminder; its cursor is kept."""
        end = time.monotonic() + seconds
        while True:
            try:
                message = self._next(max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"no reminder within {seconds} s; before it: "
                                     f"{[one.name for one in self.seen]}") from None
            if message.WhichOneof("message") == "reminder":
                self.cursor = message.reminder.cursor
                self.seen.append(message.reminder.reminder)
                return message.reminder.reminder
            self.cursor = getattr(message, message.WhichOneof("message")).cursor

    def until(self, wanted, seconds=20):
        """Reads on to the first reminder that is wanted; answers all that came up to it."""
        came = []
        while True:
            came.append(self.next(seconds))
            if wanted(came[-1]):
                return came

    def close(self):
        self.stream.cancel()
