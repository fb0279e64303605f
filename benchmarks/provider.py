"""The provider of the benchmarks, as a process of its own: pages made once and answered as bytes, so that it costs little."""

import asyncio
import itertools
import json
import sys
from urllib.parse import parse_qs, urlsplit

from benchmarks.pages import PAGES, page

END = b"\r\n\r\n"
answers: dict[int, "itertools.cycle[bytes]"] = {}
"""The page size to the responses that take turns."""


def answer(target: str) -> bytes:
    """The next response to a request of a list."""
    count = int(parse_qs(urlsplit(target).query).get("limit", ["100"])[0])
    if count not in answers:
        answers[count] = itertools.cycle([response(page(count, turn)) for turn in range(PAGES)])
    return next(answers[count])


def response(body: object) -> bytes:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class Connection(asyncio.Protocol):
    """One connection; requests have no body and come one after another."""

    def __init__(self) -> None:
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while END in self.received:
            head, _, self.received = self.received.partition(END)
            self.transport.write(answer(head.split(b" ", 2)[1].decode()))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
