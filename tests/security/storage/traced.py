"""Runs a program under strace and says what it wrote, and where to: files, the database, other sockets."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from tests.databases import require

CALLS = (
    "write,pwrite64,writev,pwritev,pwritev2,sendfile,sendto,sendmsg,openat,creat,memfd_create,rename,renameat2,mmap,"
    "splice,copy_file_range"
)
OPTIONS = ("-f", "-yy", "-xx", "-s", "200000", "-qq", "-e", f"trace={CALLS}")
WRITES = re.compile(
    r"^\d+ +(?:write|pwrite64|writev|pwritev|pwritev2|sendto|sendmsg)\(\d+<(?P<target>[^\"]*?)>+(?:\(deleted\))?, (?P<rest>.*)"
)
TEXTS = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
SHARED = re.compile(
    r"^\d+ +mmap\([^,]+, \d+, (?P<rights>[A-Z_|]+), (?P<flags>[A-Z_|0-9a-z]+), \d+<(?P<target>[^\"]*?)>+(?:\(deleted\))?,"
)
NAMES = re.compile(r"^\d+ +(?:openat|creat|memfd_create|rename|renameat2)\((?P<rest>.*)")
SOCKETS = ("TCP", "UDP", "UNIX", "NETLINK", "socket:")
KNOWN_MAPPINGS = (".sqlite-shm",)
"""SQLite's index of its log: hashes and page numbers; the file itself is searched as well."""
Kind = Literal["file", "database", "socket"]


class Written(msgspec.Struct, kw_only=True):
    """What a traced program wrote: target → all its bytes in order."""

    files: dict[str, bytes] = {}
    database: dict[str, bytes] = {}
    sockets: dict[str, bytes] = {}
    names: bytes = b""
    """Names of files that were opened, made or renamed."""
    shared: set[str] = set()
    """Files that are mapped so that writing memory writes the file, which no call shows."""
    moved: int = 0
    """Calls that move bytes between files without showing them."""


def strace() -> str:
    """The program, or a skip that says so and fails under CI."""
    found = shutil.which("strace")
    require("strace", there=found is not None, remedy="install strace; it shows every byte that the service writes")
    assert found is not None
    return found


@contextmanager
def traced(command: list[str], environment: Mapping[str, str], log: Path, record: Path) -> Iterator[int]:
    """Run a command under strace with both outputs in a log file; gives the pid of strace."""
    with log.open("wb") as output:
        tracer = subprocess.Popen(
            [strace(), *OPTIONS, "-o", str(record), *command], env=dict(environment), stdout=output, stderr=output
        )
        try:
            yield tracer.pid
        finally:
            kill_traced(tracer.pid)
            tracer.wait(60)


def kill_traced(tracer: int) -> int:
    """End everything that a strace runs as a power cut would; how many processes there were."""
    killed = 0
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(tracer).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
                killed += 1
    return killed


def read_record(record: Path, *, database_port: int | None) -> Written:
    """The bytes of a strace record, by where they went."""
    found = Written()
    names = []
    with record.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if one := WRITES.match(line):
                _add(found, _plain(one["target"]), _bytes(one["rest"]), database_port)
            elif one := SHARED.match(line):
                _note_mapping(found, one)
            elif one := NAMES.match(line):
                names.append(_bytes(one["rest"]))
            elif re.match(r"^\d+ +(sendfile|splice|copy_file_range)\(", line):
                found.moved += 1
    found.names = b"\n".join(names)
    return found


def _add(found: Written, target: str, content: bytes, database_port: int | None) -> None:
    place = found.files
    if target.startswith(SOCKETS):
        to_database = database_port is not None and target.endswith(f":{database_port}]")
        place = found.database if to_database else found.sockets
    place[target] = place.get(target, b"") + content


def _note_mapping(found: Written, one: "re.Match[str]") -> None:
    target = _plain(one["target"])
    if "MAP_SHARED" in one["flags"] and "PROT_WRITE" in one["rights"] and not target.endswith(KNOWN_MAPPINGS):
        found.shared.add(target)


def _plain(target: str) -> str:
    """`\\x2f…` as text; sockets are shown plainly by strace."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda one: chr(int(one[1], 16)), target)


def _bytes(rest: str) -> bytes:
    """The strings of a call one after the other: of `writev`, all parts."""
    return b"".join(bytes.fromhex(one.replace("\\x", "")) for one in TEXTS.findall(rest))
