"""Answers without bound: the memory of the whole process stays small, as the operating system counts it."""

import asyncio
import gzip
import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux' /proc")

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
MOST = 16 * 1024
"""kB by which a process may grow, with the default limit of 8 MiB for an answer."""
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = b"Content-Encoding: gzip\r\n"


def chunk(content: bytes) -> bytes:
    return b"%x\r\n" % len(content) + content + b"\r\n"


def whole(faults, body: bytes, *headers: bytes):
    """An answer that says that its connection ends, which the next call would otherwise use while it is being closed."""
    return faults.with_body(body, b"Connection: close", *headers)


UNBOUNDED = {
    "C1 gzip that grows a thousand times": (lambda f: whole(f, f.bomb(64 * MIB), GZIP.strip()), "upstream_too_large"),
    "C1 stacked encodings": (
        lambda f: whole(f, f.bomb(64 * MIB, layers=2), b"Content-Encoding: gzip, gzip"),
        "upstream_too_large",
    ),
    "C1 an encoding not asked for": (
        lambda f: whole(f, b"\x00" * (32 * MIB), b"Content-Encoding: br"),
        "provider_malformed",
    ),
    "C2 100 MB of JSON": (lambda f: whole(f, b'["' + b"a" * (100 * MIB) + b'"]'), "upstream_too_large"),
    "C2 chunks without an end": (lambda f: f.endless, "upstream_too_large"),
    "bytes without an end after the end of the gzip": (
        lambda f: f.without_end(f.HEAD + GZIP + CHUNKED + chunk(gzip.compress(b"{}")), chunk(b"\x00" * 65_536)),
        "provider_error",
    ),
    "gzip that decodes to nothing, without an end": (
        lambda f: f.without_end(
            f.HEAD + GZIP + CHUNKED + chunk(gzip.compress(b"")[:10]), chunk(b"\x00\x00\x00\xff\xff" * 13_000)
        ),
        "upstream_too_large",
    ),
    "C4 headers without an end": (lambda f: f.without_end(b"HTTP/1.1 200 OK\r\n", b"X-A: aaaa\r\n" * 5_000), "provider_error"),
    "C5 nested 100,000 deep": (lambda f: whole(f, b"[" * 100_000 + b"]" * 100_000), "provider_malformed"),
    "C5 a number of a million digits": (lambda f: whole(f, b"1" * 1_000_000), "provider_malformed"),
}


async def called(faults, client: str, *behaviours, max_bytes: int = 8 * MIB) -> list[dict[str, object]]:
    """How calls from a process of its own ended, and by how much that process grew."""
    first = whole(faults, b"{}")
    command = (sys.executable, "-m", "tests.security.upstream.caller")
    async with faults.listening(faults.in_turn(first, *behaviours)) as server:
        caller = await asyncio.create_subprocess_exec(
            *command, server.origin, str(max_bytes), str(len(behaviours)), client, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await asyncio.wait_for(caller.communicate(), timeout=120)
    return [json.loads(line) for line in printed.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("client", ["unified", "httpx2"])
async def test_the_process_stays_small(faults, client: str) -> None:
    told = await called(faults, client, *(behaviour(faults) for behaviour, _ in UNBOUNDED.values()))
    ended = {name: one["ended"] for name, one in zip(UNBOUNDED, told, strict=True)}
    assert ended == {name: code for name, (_, code) in UNBOUNDED.items()}
    assert {name: one["grown"] for name, one in zip(UNBOUNDED, told, strict=True) if one["grown"] >= MOST} == {}


async def test_growth_would_be_seen(faults) -> None:
    """The control: with a limit of 64 MiB an answer of 32 MB is taken, and the measure shows it."""
    large = faults.with_body(b'["' + b"a" * (32 * MIB) + b'"]')
    (told,) = await called(faults, "unified", large, max_bytes=64 * MIB)
    assert told["ended"] == "answered"
    assert told["grown"] > 2 * MOST
