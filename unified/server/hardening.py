"""Protection of this process: no core files, no access by other processes of the same user, no input and output unseen."""

import contextlib
import ctypes
import errno
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


def forbid_io_uring() -> None:
    """Refuse io_uring on Linux from here on, in this process and its children; libuv then uses the usual system calls.

    What goes through a ring in shared memory is seen neither by system call tracing nor by a container's seccomp profile, so it
    could not be proven that no data is written. The filter (seccomp(2)) also rules out new privileges at exec.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):  # a C library without prctl
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        program = _Program(len(_FILTER), (_Instruction * len(_FILTER))(*(_Instruction(*one) for one in _FILTER)))
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


class _Instruction(ctypes.Structure):
    """struct sock_filter of linux/filter.h."""

    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
_IO_URING_SETUP = 425  # the same on all architectures
_REFUSED, _ALLOWED = 0x00050000 | errno.ENOSYS, 0x7FFF0000  # SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW
_FILTER = (
    (0x20, 0, 0, 0),  # load the number of the system call
    (0x15, 0, 1, _IO_URING_SETUP),  # compare, and skip one unless equal
    (0x06, 0, 0, _REFUSED),
    (0x06, 0, 0, _ALLOWED),
)
