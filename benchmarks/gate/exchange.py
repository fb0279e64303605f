"""Whole messages of HTTP/1.1 with bodies of a known length, for the clients and the reference service of the gate."""

import asyncio
import re
from collections.abc import Callable
from typing import Final, cast

END: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Exchange(asyncio.Protocol):
    """One connection; `done` is called with each message: the connection, the head and the body."""

    def __init__(self, done: Callable[["Exchange", bytes, bytes], None] = lambda *_: None) -> None:
        self.done = done
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's transports are of classes of its own

    def data_received(self, data: bytes) -> None:
        self.received += data
        while END in self.received:
            head, _, rest = self.received.partition(END)
            found = LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.done(self, head, rest[:length])
