"""Reference work: what Unified's requests consist of, written without Unified, so that no change of Unified changes its cost.

It decodes pages, does the work of a mapping on dictionaries and texts, and encodes the records; as a service it has the same
kind of event loop and sockets. A slow or busy machine slows it down as much as what is compared with it.

As a service it answers `/contacts?limit=100` and `/proxy?limit=100`.
"""

import asyncio
import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from benchmarks.gate.exchange import Exchange

SEPARATORS: Final = re.compile(r"\(0\)|[\s().-]")
NAMED: Final = frozenset({"firstname", "lastname", "email", "phone", "mobilephone", "country", "jobtitle", "lifecyclestage"})
Object = dict[str, Any]


def mapped(content: bytes) -> bytes:
    """The records of a page of contacts."""
    data = [record(item) for item in msgspec.json.decode(content)["results"]]
    return msgspec.json.encode({"data": data, "next_cursor": hashlib.sha256(content[:64]).hexdigest()})


def record(item: Object) -> Object:
    """One contact as another kind of object: texts are checked, split and joined, times are read, keys are sorted out."""
    properties = item["properties"]
    first, last = text(properties.get("firstname")), text(properties.get("lastname"))
    numbers = [text(properties.get(name)) for name in ("phone", "mobilephone")]
    return {
        "id": text(item["id"]),
        "created_at": time(item.get("createdAt")),
        "updated_at": time(item.get("updatedAt")),
        "name": " ".join(one for one in (first, last) if one),
        "title": text(properties.get("jobtitle")),
        "emails": [{"email": one.strip(), "is_primary": not at} for at, one in enumerate(emails(properties))],
        "phones": [{"number": one, "plain": plain(one)} for one in numbers if one],
        "country": (text(properties.get("country")) or "").strip().casefold() or None,
        "stage": text(properties.get("lifecyclestage")),
        "companies": [one["id"] for one in item.get("associations", {}).get("companies", {}).get("results", [])],
        "more": {name: value for name, value in properties.items() if value is not None and name not in NAMED},
    }


def text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else str(value)


def time(value: object) -> str | None:
    given = text(value)
    return None if given is None else datetime.fromisoformat(given).astimezone(UTC).isoformat(timespec="milliseconds")


def emails(properties: Object) -> list[str]:
    first, more = text(properties.get("email")), text(properties.get("hs_additional_emails"))
    return [*([first] if first else []), *(more.split(";") if more else [])]


def plain(number: str) -> str:
    kept = SEPARATORS.sub("", number)
    return f"+{kept[2:]}" if kept.startswith("00") else kept


class Service:
    """Answers requests with what the provider gives; each connection has one of its own to the provider."""

    def __init__(self, provider: int) -> None:
        self.port = provider
        self.providers: dict[Exchange, Exchange] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def request(self, client: Exchange, head: bytes, _body: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self.answer(client, head.split(b" ", 2)[1].decode()))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, client: Exchange, target: str) -> None:
        parts = urlsplit(target)
        limit = parse_qs(parts.query).get("limit", ["100"])[0]
        content = await self.page(client, limit)
        body = content if parts.path == "/proxy" else mapped(content)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.transport.write(head.encode() + body)

    async def page(self, client: Exchange, limit: str) -> bytes:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[bytes] = loop.create_future()
        if client not in self.providers:
            _, self.providers[client] = await loop.create_connection(Exchange, "127.0.0.1", self.port)
        provider = self.providers[client]
        provider.done = lambda _one, _head, body: found.set_result(body)
        provider.transport.write(f"GET /contacts?limit={limit} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return await found


async def serving(provider: int) -> int:
    """Serve in this event loop, in front of a provider; the port."""
    service = Service(provider)
    server = await asyncio.get_running_loop().create_server(lambda: Exchange(service.request), "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])
