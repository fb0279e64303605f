"""A provider that costs nothing: pages of contacts made once, answered as bytes. Run as its own process."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

NAMES = ["Ada", "Grace", "Łukasz", "Mei", "Олена", "José", "Aïcha", "Noor"]


def contact(number: int) -> dict:
    properties = {
        "firstname": NAMES[number % len(NAMES)],
        "lastname": f"Family {number}",
        "email": f"person{number}@example.com",
        "phone": f"+44 20 7946 {number % 10_000:04}",
        "mobilephone": None if number % 3 else f"+44 7700 {number % 1_000_000:06}",
        "jobtitle": "Engineer",
        "lifecyclestage": ["lead", "customer", "opportunity"][number % 3],
        "hubspot_owner_id": str(700 + number % 7),
        "address": f"{number} Long Street",
        "city": "London",
        "state": None,
        "zip": "N1 9GU",
        "country": "United Kingdom",
        "website": "https://example.com",
        "createdate": "2026-01-02T03:04:05.678Z",
        "lastmodifieddate": "2026-02-03T04:05:06.789Z",
        "hs_object_id": str(10**11 + number),
        "loyalty_tier": "gold",
    }
    return {
        "id": str(10**11 + number),
        "properties": properties,
        "createdAt": "2026-01-02T03:04:05.678Z",
        "updatedAt": "2026-02-03T04:05:06.789Z",
        "archived": False,
    }


def page(count: int) -> dict:
    return {"results": [contact(n) for n in range(count)], "paging": {"next": {"after": str(count), "link": "?after=1"}}}


PAGES: dict[int, bytes] = {}


def answer(target: str) -> bytes:
    count = int(parse_qs(urlsplit(target).query).get("limit", ["100"])[0])
    if count not in PAGES:
        body = json.dumps(page(count), ensure_ascii=False).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        PAGES[count] = head.encode() + body
    return PAGES[count]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer(head.split(b" ", 2)[1].decode()))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionResetError):
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
