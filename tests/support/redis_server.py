"""A redis-server of the test's own, as an office would run it: to stop, to fill, to hold."""
import os
import shutil
import signal
import subprocess
import tempfile

from watch import wait_until


class Redis:
    def __init__(self, *options):
        self.options = list(options)
        self.directory = tempfile.mkdtemp(prefix="hotline-redis-")
        self.socket = os.path.join(self.directory, "r.sock")
        self.process = None

    @property
    def address(self):
        return f"unix:{self.socket}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        with open(os.path.join(self.directory, "redis.out"), "ab") as out:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir",
                 self.directory, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                 "--maxmemory-policy", "noeviction"] + self.options, stdout=out, stderr=out)
        wait_until(lambda: self.ask("PING") == "PONG", "redis-server answers")

    def ask(self, *words, timeout=10):
        """What redis-cli prints."""
        done = subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True,
                              text=True, errors="replace", timeout=timeout)
        return done.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
