"""What passes between the service and the stand-ins: kept as it was sent, and answers changed where a test asks for it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import msgspec

from unified.transport.bodies.encodings import ENCODINGS


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it left the service."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any


class Wire(httpx2.AsyncBaseTransport):
    """A transport that keeps what it passes on; `tamper` changes the JSON of answers."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.passed: list[Passed] = []
        self.tamper: Callable[[Any], Any] | None = None

    async def handle_async_request(self, request: Any) -> Any:
        content = await request.aread()
        self.passed.append(passed(request.method, request.url, content))
        answer = await self.inner.handle_async_request(request)
        if self.tamper is None:
            return answer
        body = await answer.aread()
        headers = [
            (name, value) for name, value in answer.headers.items() if name not in {"content-length", "content-encoding"}
        ]
        try:
            changed = msgspec.json.encode(self.tamper(msgspec.json.decode(body)))
        except msgspec.DecodeError:
            changed = body
        return httpx2.Response(answer.status_code, headers=headers, content=changed)


def passed(method: str, url: Any, content: bytes) -> Passed:
    """A request in the form in which two of them are compared."""
    query = tuple(parse_qsl(url.query.decode(), keep_blank_values=True))
    path = url.raw_path.decode().partition("?")[0]
    return Passed(method=method, host=url.netloc.decode(), path=path, query=query, body=_body(content))


def _body(content: bytes) -> Any:
    """The content as JSON; what is not, such as the form of a token request, as its pairs."""
    try:
        return msgspec.json.decode(content) if content else None
    except msgspec.DecodeError:
        return Form(parse_qsl(content.decode(), keep_blank_values=True))


class Form(list[tuple[str, str]]):
    """The pairs of a form, which are the object that an approver is shown if that object is sent as these pairs."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dict):
            return list(self) == parse_qsl(ENCODINGS["form"](other)[1].decode(), keep_blank_values=True)
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]


def shown(request: Any, prefix: str) -> Passed:
    """A request as an approver is shown it, in the same form; the stand-in's prefix is no part of a provider's path."""
    path, _, query = request.path.partition("?")
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    return Passed(method=request.method, host=request.host, path=prefix + path, query=pairs, body=request.body)


def replaced(value: Any, words: dict[str, str]) -> Any:
    """JSON with some texts replaced wherever they stand as values."""
    if isinstance(value, dict):
        return {name: replaced(one, words) for name, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, words) for one in value]
    return words.get(value, value) if isinstance(value, str) else value
