"""Protection of this process's memory: no core files, and no access by other processes of the same user."""

import contextlib
import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_dumps() -> None:
    """Disable core files and, on Linux, access to the memory by processes of the same user (prctl(2), ptrace(2)).

    Child processes inherit the limit, but lose the flag at exec, so each worker must call this. Swap is up to the operator.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library without prctl
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
