"""A provider whose every answer is full of a canary: values, keys, ids, headers, cursors and refusals."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_S = 20.0
"""Longer than the deadline of the service under proof."""


class CanaryProvider:
    """Answers as `answers` says next: a status, or one of `slow`, `drip`, `broken`, `text`, `gzip`."""

    def __init__(self) -> None:
        self.canary = ""
        self.answers: Any = 200
        self.url = ""
        self.waiting = threading.Event()
        """Set once a call hangs in a slow answer."""

    def body(self) -> dict[str, Any]:
        """One shape for all of HubSpot's answers: object, list, refusal."""
        one = self.canary
        record = {
            "id": f"id-{one}",
            "properties": {"firstname": one, "lastname": one[::-1], "email": f"{one}@example.com", f"custom_{one}": one},
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-01-01T00:00:00Z",
            "associations": {"companies": {"results": [{"id": f"id-{one}", "type": one}]}},
        }
        page = {"results": [record] * 3, "paging": {"next": {"after": f"after-{one}"}}, "total": 3}
        refusal = {"status": "error", "category": one, "message": f"the value {one} is wrong", "correlationId": one}
        return {**refusal, **page, **record}


@contextmanager
def running() -> Iterator[CanaryProvider]:
    """The provider on a free port of loopback."""
    provider = CanaryProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: CanaryProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            how = provider.answers
            status = how if isinstance(how, int) else 200
            content = json.dumps(provider.body()).encode()
            if how == "text":
                content = f"<html>{provider.canary}</html>".encode()
            if how == "gzip":
                content = gzip.compress(content)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Canary", provider.canary)
            self.send_header("ETag", provider.canary)
            self.send_header("Link", f"<{provider.url}/{provider.canary}>")
            if how == "gzip":
                self.send_header("Content-Encoding", "gzip")
            if how == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self._write(how, content)

        def _write(self, how: Any, content: bytes) -> None:
            half = len(content) // 2
            if how == "broken":
                self.wfile.write(content[:half])
                self.close_connection = True
                return
            if how in {"slow", "drip"}:
                self.wfile.write(content[:half])
                self.wfile.flush()
                provider.waiting.set()
                time.sleep(SLOW_S)
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - the server calls them by these names

        def handle(self) -> None:
            with suppress(OSError):  # the service hangs up after its deadline
                super().handle()

        def log_message(self, *_: Any) -> None:
            """The test says what went wrong."""

    return Handler
