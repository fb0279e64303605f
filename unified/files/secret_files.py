"""Settings read from files, so that a secret is in no environment, unit file or process list.

Docker, Kubernetes and systemd hand secrets to a service as files. A message about such a file never holds its content, nor a
path at which nothing was found: people put the secret itself where its path belongs.
"""

import errno
import os
import stat

MAX_BYTES = 1024 * 1024
_OPEN_TO_ALL = 0o007


def read_secret_file(raw: str) -> str:
    """Return the content of the file at a path, without white space around it.

    Raises:
        ValueError: There is no such file, others can read or write it, or it holds no text. The message says what was expected
            and what came, without content.
    """
    try:
        descriptor = os.open(raw, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as problem:
        raise ValueError(_not_opened(raw, problem)) from None
    try:
        _refuse_kind(raw, os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as file:
            return _text(raw, file.read(MAX_BYTES + 1))
    finally:
        os.close(descriptor)


def _not_opened(path: str, problem: OSError | ValueError) -> str:
    """Say why a file was not opened. The path is repeated only if a file exists there, so it is not the secret itself."""
    if isinstance(problem, OSError) and problem.errno in {errno.EACCES, errno.EPERM} and os.path.lexists(path):
        return f"{path} cannot be read by user {os.geteuid()}: {problem.strerror}. Run: chown {os.geteuid()} {path}"
    came = problem.strerror if isinstance(problem, OSError) else "a text that no path can be"
    return (
        f"expected the path of a file that holds the secret, got a text of {len(path)} characters that opens no file "
        f"({came}). It is not repeated here, because it may be the secret itself"
    )


def _refuse_kind(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"expected a regular file, got a {_kind(status.st_mode)} at {path}")
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OPEN_TO_ALL:
        raise ValueError(
            f"expected a file that only its owner and group can read, got mode {mode:04o} at {path}. Run: chmod 600 {path}"
        )


def _kind(mode: int) -> str:
    return "folder" if stat.S_ISDIR(mode) else "pipe or device"


def _text(path: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise ValueError(f"expected a secret of at most {MAX_BYTES} bytes, got more at {path}")
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"expected text in UTF-8, got other bytes at {path}") from None
    if not text:
        raise ValueError(f"expected a secret, got an empty file at {path}")
    return text
