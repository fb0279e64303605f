"""Nothing of this process's memory may reach a disk through a crash, or another process of the same user."""

import contextlib
import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_dumps() -> None:
    """No core files; on Linux no reading of the memory by processes of the same user either (prctl(2), ptrace(2)).

    The limit is inherited, the mark is lost at exec: each worker calls this itself. Swap is the operator's matter.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library without prctl
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
