"""The provider of the benchmarks, as a process of its own: pages made once and answered as bytes, so that it costs little.

`python -m benchmarks.provider PORT MODULE` answers the pages of a module: `page(count, turn)`, of which some take turns.
"""

import asyncio
import importlib
import itertools
import json
import sys
from typing import cast
from urllib.parse import parse_qs, urlsplit

from benchmarks import pages

END = b"\r\n\r\n"
answers: dict[tuple[str, int], "itertools.cycle[bytes]"] = {}
"""The path and the page size to the responses that take turns."""
source = pages
"""The module that makes the pages."""


def answer(target: str) -> bytes:
    """The next response to a request of a list."""
    asked = urlsplit(target)
    count = int(parse_qs(asked.query).get("limit", ["100"])[0])
    key = (asked.path, count)
    if key not in answers:
        turns = 1 if count == pages.LARGE else pages.PAGES
        answers[key] = itertools.cycle([response(source.page(count, turn)) for turn in range(turns)])
    return next(answers[key])


def response(body: object) -> bytes:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class Connection(asyncio.Protocol):
    """One connection; requests have no body and come one after another."""

    def __init__(self) -> None:
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's transports are of classes of its own

    def data_received(self, data: bytes) -> None:
        self.received += data
        while END in self.received:
            head, _, self.received = self.received.partition(END)
            self.transport.write(answer(head.split(b" ", 2)[1].decode()))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    source = importlib.import_module(sys.argv[2])
    asyncio.run(main(int(sys.argv[1])))
