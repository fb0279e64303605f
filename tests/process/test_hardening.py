"""What a process that serves forbids itself."""

import errno
import subprocess
import sys

import pytest

ASK = """
import ctypes
from unified.server.hardening import forbid_io_uring
libc = ctypes.CDLL(None, use_errno=True)
def ask(): return libc.syscall(425, 0, None), ctypes.get_errno()
before = ask(); forbid_io_uring(); print(before, ask())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="io_uring is Linux's")
def test_io_uring_is_refused() -> None:
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    before, after = ran.stdout.strip().split(") (")
    assert after == f"-1, {errno.ENOSYS})"
    if before == f"(-1, {errno.ENOSYS}":
        pytest.skip("the kernel has no io_uring, so that nothing is shown")
