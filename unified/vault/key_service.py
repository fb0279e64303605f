"""Wrapping and unwrapping of master keys: not at all, or by a program in front of a key management service.

The key file or the variable holds a wrapped key as `kid:wrapped:text`, which is useless without the service. The
program runs once for each wrapped key when a process starts, never while a request is served.
"""

import base64
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

from unified.errors.configuration import ConfigurationError
from unified.settings.master_keys import WRAPPED, MasterKey, MasterKeys, WrappedKey, read_key
from unified.settings.settings import Settings

TIMEOUT_SECONDS = 30.0
"""How long one run of the program may take at most."""
PASSED_VARIABLES = ("PATH", "HOME")
"""The only environment variables that the program gets; the service's own variables hold secrets."""


class KeyService(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of key service."""

    wrap: Callable[[str, str], str]
    """Key id and key text (43 characters of base64url) → the line for the key file."""
    unwrap: Callable[[WrappedKey], MasterKey]


def key_service(settings: Settings, *, limit: float = TIMEOUT_SECONDS) -> KeyService:
    """Return the service that the settings name: `program` with UNIFIED_KEY_SERVICE set, otherwise `local`."""
    return KINDS["program" if settings.key_service else "local"](settings.key_service, limit)


def unwrapped(keys: MasterKeys, service: KeyService) -> tuple[MasterKey, ...]:
    """Return the keys ready for use.

    Raises:
        ConfigurationError: A key cannot be unwrapped.
    """
    return tuple(service.unwrap(key) if isinstance(key, WrappedKey) else key for key in keys)


def _local(_program: str, _limit: float) -> KeyService:
    """Return the service that leaves keys as they are: whoever can read the key file has the keys."""

    def unwrap(key: WrappedKey) -> MasterKey:
        raise ConfigurationError(
            f"The master key '{key.kid}' is wrapped: set UNIFIED_KEY_SERVICE to the program that unwraps it."
        )

    return KeyService(wrap=lambda kid, key: f"{kid}:{key}", unwrap=unwrap)


def _program(program: str, limit: float) -> KeyService:
    """Return the service that runs an operator's program, such as a script around the CLI of a key management service."""
    path = Path(program)
    if not path.is_absolute() or not path.is_file() or not os.access(path, os.X_OK):
        raise ConfigurationError(f"UNIFIED_KEY_SERVICE: expected the absolute path of an executable program, got '{program}'.")

    def wrap(kid: str, key: str) -> str:
        wrapped = _run(path, "wrap", key.encode(), limit)
        if not wrapped:
            raise ConfigurationError(f"{path} wrap: expected the wrapped key on standard output, got nothing.")
        return f"{kid}:{WRAPPED}{base64.urlsafe_b64encode(wrapped).decode().rstrip('=')}"

    def unwrap(key: WrappedKey) -> MasterKey:
        plain = _run(path, "unwrap", key.wrapped, limit).decode("ascii", "replace").strip()
        try:
            return MasterKey(key.kid, read_key(key.kid, plain))
        except ValueError as problem:
            raise ConfigurationError(f"{path} unwrap: {problem}.") from None

    return KeyService(wrap=wrap, unwrap=unwrap)


KINDS: dict[str, Callable[[str, float], KeyService]] = {"local": _local, "program": _program}


def _run(program: Path, verb: str, stdin: bytes, limit: float) -> bytes:
    """Return what `program verb` writes to standard output. Errors give the exit code, never the program's output."""
    environment = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator names the program; there is no shell
            [str(program), verb],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as problem:
        raise ConfigurationError(f"{program} {verb}: cannot be run: {problem.strerror}.") from None
    try:
        written, _ = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # and its children, which would keep the pipe open
        process.communicate()
        raise ConfigurationError(f"{program} {verb}: no answer within {limit:g} seconds; it was stopped.") from None
    if process.returncode:
        raise ConfigurationError(
            f"{program} {verb}: expected exit code 0, got {process.returncode}. Run it by hand to see why."
        )
    return written
