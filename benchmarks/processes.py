"""Child processes of a run: started on their cores, ready when they accept connections, ended with the run."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.machine import pin

PATIENCE = 60.0
"""Seconds until a process must accept connections."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A running process, and the port that it listens on."""

    pid: int
    port: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str, port: int, on: Sequence[int], **env: str) -> Iterator[Started]:
    """Run a command on some cores until the block ends; what it printed is shown when it does not start."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT)
        try:
            pin(child.pid, on)
            if not _accepts(child, port):
                output.seek(0)
                raise RuntimeError(f"{Path(command[0]).name} does not listen: {output.read()[-2000:].decode(errors='replace')}")
            yield Started(pid=child.pid, port=port)
        finally:
            child.terminate()
            child.wait(20)


def _accepts(child: "subprocess.Popen[bytes]", port: int) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
