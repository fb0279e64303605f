"""Reads HTTP/1.1: httptools parses, and requests that it accepts too easily are refused before or after it.

A request has one meaning for the proxy in front of the service and for the service itself, or it is refused (RFC 9112, 11.2).
So requests are read one at a time: a head is gathered as a whole, within a bound, then as much of the body as its framing says.
What follows waits until the answer is complete.
"""

import asyncio
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from unified.server.whole_answer import AnswerCycle

MAX_HEAD_BYTES = 64 * 1024
_END = b"\r\n\r\n"
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TOKEN_START = re.compile(_TOKEN[:-1])
_REQUEST_LINE = re.compile(_TOKEN + rb" [\x21-\x7e]+ HTTP/1\.[01]\r\n")
"""With one space between the parts, and nothing before them (RFC 9112, 3)."""
_FOLD = re.compile(rb"\r\n[ \t]+")
"""A value continued on the next line; it counts as one space (RFC 9112, 5.2)."""
_UPGRADE = re.compile(rb"\r\nupgrade:[\t\x20-\x7e\x80-\xff]*(?=\r\n)", re.IGNORECASE)
"""Ignored, as RFC 9110, 7.8 allows; httptools would take the body for another protocol. Other bytes are left to be refused."""
_INVALID = "Invalid HTTP request received."


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with each request of a connection read by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unread = b""
        """Bytes that arrived and are not parsed yet."""
        self.in_body = False
        """Whether the current request's head is complete and its body is not."""
        self._hosts = 0
        self._is_chunked = False
        self._body_left = 0
        """Bytes of a body of known length that are still to come."""

    @property
    def is_answering(self) -> bool:
        """Whether the head of a request was read and its answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Read the bytes that arrived, up to the end of the current request."""
        self.unread = self.unread + data if self.unread else data
        self._read()

    def _read(self) -> None:
        try:
            while self.unread and not self.transport.is_closing():
                if self.in_body:
                    self._read_body()
                elif self.is_answering:
                    self.flow.pause_reading()
                    return
                elif not self._read_head():
                    return
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)

    def _read_head(self) -> bool:
        """Parse a head; return whether it was complete."""
        end = self.unread.find(_END)
        if end < 0 and len(self.unread) <= MAX_HEAD_BYTES and _may_begin_head(self.unread):
            return False
        if not 0 <= end <= MAX_HEAD_BYTES or not _REQUEST_LINE.match(self.unread):
            raise httptools.HttpParserError(_INVALID)
        head, self.unread = self.unread[: end + len(_END)], self.unread[end + len(_END) :]
        self.parser.feed_data(_UPGRADE.sub(b"", _FOLD.sub(b" ", head)))
        return True

    def _read_body(self) -> None:
        """Parse the part of a body that arrived, nothing after its end: one in chunks ends with a line, so each is a part."""
        data, start = self.unread, 0
        while self.in_body and start < len(data):
            end = data.find(b"\n", start) + 1 or len(data) if self._is_chunked else start + self._body_left
            part = data[start:end]
            self._body_left -= len(part)
            self.parser.feed_data(part)
            start += len(part)
        self.unread = data[start:]  # once: what is left may be long, and lines short

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._hosts, self._is_chunked, self._body_left = 0, False, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one line of the head; those of a trailer are dropped.

        Raises:
            ValueError: Another server may see the end of the body elsewhere. httptools ends the request then.
        """
        if self.in_body:
            return
        name, value = name.lower(), value.rstrip(b" \t")  # RFC 9110, 5.5
        if name == b"host":
            self._hosts += 1
        elif name == b"content-length":
            self._body_left = int(value)
        elif name == b"transfer-encoding":
            value = value.lower()
            if self._is_chunked or value != b"chunked":
                raise ValueError(name)
            self._is_chunked = True
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Answer the request.

        Raises:
            ValueError: It has not exactly one host, or is a CONNECT. httptools ends the request then.
        """
        version = self.parser.get_http_version()
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            raise ValueError("host")
        if self.parser.should_upgrade():
            raise ValueError("method")
        path, _, query = self.url.partition(b"?")
        self.in_body = True
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,  # type: ignore[typeddict-item]
            "method": self.parser.get_method().decode("ascii"),
            "root_path": self.root_path,
            "path": path.decode("ascii"),
            "raw_path": path,
            "query_string": query,
            "headers": self.headers,
            "state": self.app_state.copy(),
        }
        self.cycle = AnswerCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue and version == "1.1",
            keep_alive=version == "1.1" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def on_message_complete(self) -> None:
        """Note that the body is complete."""
        super().on_message_complete()
        self.in_body = False

    def on_response_complete(self) -> None:
        """Read the next request, if it arrived already."""
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self._read()


def _may_begin_head(unread: bytes) -> bool:
    """Return whether an incomplete head may become a valid one, so that other protocols are refused at once."""
    line = unread[: unread.find(b"\n") + 1]
    return _TOKEN_START.match(unread) is not None and (not line or line.endswith(b"\r\n"))
