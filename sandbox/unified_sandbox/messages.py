"""Requests to stand-ins and their answers: plain values, so that a handler is a pure function.

`Incoming` is one request, already authorized and routed; `Answer` is one reply; `Refused` carries a reply out of
nested code. Nothing here knows HTTP servers.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from unified.text.xml_text import encode_xml

Record: TypeAlias = dict[str, Any]
"""One record as the provider would hold it: plain JSON values."""


class Query(Mapping[str, str]):
    """A query string or form in which a name may occur more than once; `query["x"]` is the last value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pairs = parse_qsl(text, keep_blank_values=True)

    def __getitem__(self, name: str) -> str:
        """Answer the last value given for the name."""
        values = self.all(name)
        if not values:
            raise KeyError(name)
        return values[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._pairs))

    def __len__(self) -> int:
        return len(dict(self._pairs))

    def all(self, name: str) -> list[str]:
        """Return every value given for the name, in order: `a=1&a=2` gives `["1", "2"]`."""
        return [value for key, value in self._pairs if key == name]

    def words(self, name: str) -> list[str]:
        """Return the comma-separated words of every value given for the name: `a=x,y&a=z` gives `["x", "y", "z"]`."""
        return [word.strip() for value in self.all(name) for word in value.split(",") if word.strip()]

    def number(self, name: str, default: int) -> int | None:
        """Return the value as a whole number, `default` when absent, None when it is not a number."""
        text = self.get(name, str(default))
        return int(text) if text.lstrip("-").isdecimal() else None


class Answer(msgspec.Struct, frozen=True):
    """One reply. `body`: JSON values, `bytes` sent as they are, or None for an empty body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    operation: str = ""
    """`query` or `mutation`, where the method and the path do not tell what a call is (GraphQL); for the log of calls."""


def as_xml(answer: Answer) -> Answer:
    """Return the answer with its body, an object with one key, as a document."""
    if answer.body is None or isinstance(answer.body, bytes):
        return answer
    headers = {"Content-Type": "application/xml;charset=utf-8", **answer.headers}
    return msgspec.structs.replace(answer, body=encode_xml(answer.body), headers=headers)


class Refused(Exception):
    """Leaves a handler early with an answer: `raise Refused(refuse(404, "NOT_FOUND", "No such contact"))`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class BadBody(Exception):
    """The body is not JSON; the framework answers `refuse(400, "invalid_json", …)`."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a stand-in."""

    method: str
    path: str
    """Below the provider's prefix, still percent-encoded: `/crm/v3/objects/contacts`."""
    params: dict[str, str] = {}
    """The template's variables, decoded."""
    query: Query
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    base: str
    """Where clients reach this stand-in (`http://127.0.0.1:8401/hubspot`): put it before absolute next links."""
    now: datetime
    """The sandbox's clock, UTC."""
    principal: str = ""
    """Who calls: the OAuth client, the basic user or the kind of key."""

    @property
    def json(self) -> Any:
        """The body as JSON values; an empty body is `{}`. Raises BadBody."""
        if not self.body:
            return {}
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError) as problem:
            raise BadBody(str(problem)) from None

    @property
    def fields(self) -> Record:
        """The body as a JSON object; anything else raises BadBody."""
        value = self.json
        if not isinstance(value, dict):
            raise BadBody("expected a JSON object")
        return value

    @property
    def form(self) -> Query:
        """The body as an HTML form (`application/x-www-form-urlencoded`)."""
        return Query(self.body.decode("utf-8", "replace"))

    @property
    def url(self) -> str:
        """The address that was asked, without its query."""
        return self.base + self.path
