"""A small HTTP/1.1 client over raw sockets, so that the measuring side costs little and counts exactly."""

import asyncio
import statistics
import time

import msgspec


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def getting(path: str, key: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


async def exchange(port: int, request: bytes, count: int, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        started = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        times.append(time.perf_counter() - started)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"{request[:80]!r}: {head[:200]!r} {body[:300]!r}")
    writer.close()


async def drive(port: int, paths: list[str], key: str, *, count: int, at_once: int = 1) -> Figures:
    """`count` requests over `at_once` connections; paths are taken in turn, one per connection."""
    return await drive_requests(port, [getting(one, key) for one in paths], count=count, at_once=at_once)


async def drive_requests(port: int, requests: list[bytes], *, count: int, at_once: int = 1) -> Figures:
    """The same for whole requests."""
    times: list[float] = []
    started = time.perf_counter()
    share = max(1, count // at_once)
    await asyncio.gather(*(exchange(port, requests[i % len(requests)], share, times) for i in range(at_once)))
    took = time.perf_counter() - started
    ordered = sorted(times)
    return Figures(
        requests=len(times),
        seconds=took,
        p50_ms=statistics.median(ordered) * 1000,
        p99_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
    )
