"""Answers with odd bytes in their headers, or a status that is none: a clean answer of ours, on every route that asks a provider."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.security.upstream.programmed import Manner
from tests.security.upstream.test_one_request import CLIENTS, PROXIED, Caller, opened
from tests.sizes import examples

PASSED_ON = ("Content-Type", "ETag", "Last-Modified", "Link", "Location", "Retry-After")
CONTACTS = "/crm/contacts"
ROUTES: dict[str, tuple[str, str, Any]] = {
    **{f"pass-through {method}": (method, f"{PROXIED}/1", None) for method in ("GET", "DELETE")},
    **{f"pass-through {method}": (method, f"{PROXIED}/1", {"a": 1}) for method in ("POST", "PUT", "PATCH")},
    "list": ("GET", CONTACTS, None),
    "get": ("GET", f"{CONTACTS}/1", None),
    "create": ("POST", CONTACTS, {"first_name": "Ada"}),
    "update": ("PATCH", f"{CONTACTS}/1", {"first_name": "Ada"}),
    "delete": ("DELETE", f"{CONTACTS}/1", None),
    "batch": ("POST", f"{CONTACTS}/batch", [{"method": "create", "body": {"first_name": "Ada"}}]),
    "tool": ("POST", "/tools/get_crm_contact", {"arguments": {"id": "1"}}),
    "tool that writes": ("POST", "/tools/create_crm_contact", {"arguments": {"first_name": "Ada"}}),
    "fields": ("GET", "/crm/fields?model=crm.contacts", None),
    "check": ("POST", "/accounts/{account}/check", None),
}
PLAIN = re.compile(r"[\t -~]*")
"""A header's value that every client reads in one way."""
ALPHABET = bytes([*range(0x20, 0x7F), *range(0x80, 0x100), 0x09])
"""What a value may be made of (RFC 9110, 5.5); other bytes end the connection, see test_reader.py."""
WORDS = ("text/plain; charset=utf-8", "/straße", "/人", "<https://a.test/ä>; rel=next", '"ä"', "0", "", "application/json")
STATUSES = (200, 201, 202, 204, 205, 206, 226, 299, 300, 304, 308, 399, 400, 403, 404, 418, 429, 451, 499, 502, 503, 599)
NO_STATUSES = (600, 700, 999)


def random_value(draw: random.Random) -> bytes:
    if draw.random() < 0.5:
        return draw.choice(WORDS).encode(draw.choice(["utf-8", "utf-8", "latin-1"]), errors="replace")
    return bytes(draw.choices(ALPHABET, k=draw.randrange(30)))


async def asked(caller: Caller, route: str) -> Any:
    method, path, body = ROUTES[route]
    more = {} if body is None else {"json": body}
    return await caller.ask(method, path.replace("{account}", caller.account), **more)


@pytest.mark.parametrize("client", CLIENTS)
async def test_no_head_of_a_provider_breaks_an_answer(tmp_path: Path, client: str) -> None:
    draw = random.Random(client)
    async with opened(tmp_path, Manner(), client) as world:
        for number in range(examples(60) // 5):
            for route in ROUTES:
                status = draw.choice(STATUSES + NO_STATUSES)
                sent = {name: random_value(draw) for name in draw.sample(PASSED_ON, draw.randrange(4))}
                world.upstream.status = b"%d Odd" % status
                world.upstream.headers = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in sent.items())
                answer = await asked(world.alpha, route)
                told = (number, route, status, sent, answer.status_code, answer.text)
                assert 200 <= answer.status_code < 600, told
                assert answer.status_code != 500, told
                assert all(PLAIN.fullmatch(value) for value in answer.headers.values()), told
                if route.startswith("pass-through") and answer.status_code not in {503, 504}:
                    assert answer.status_code == (status if status < 600 else 502), told
                world.upstream.status = b"200 OK"
                await asked(world.alpha, "get")  # the breaker counts failures in a row


KEPT = {
    b'Location: /a?b=c\r\nETag: "1"\r\n': {"location": "/a?b=c", "etag": '"1"'},
    'Location: /straße\r\nETag: "ä"\r\nLink: </a>; rel=next\r\n'.encode(): {"link": "</a>; rel=next"},
    'Location: /a\r\nETag: "ä"\r\n'.encode("latin-1"): {"location": "/a"},
    b"Content-Type: text/\xff\r\n": {"content-type": "application/octet-stream"},
    b"Retry-After: \xff\r\n": {},
}


@pytest.mark.parametrize(("lines", "kept"), KEPT.items(), ids=map(str, range(len(KEPT))))
async def test_an_accepted_write_is_reported_without_headers_that_cannot_be_sent(
    tmp_path: Path, lines: bytes, kept: dict[str, str]
) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False)) as world:
        world.upstream.status, world.upstream.headers = b"201 Created", lines
        answer = await world.alpha.ask("POST", PROXIED, json={"a": 1})
        assert (answer.status_code, len(world.upstream.seen)) == (201, 1)
        shown = {name: value for name, value in answer.headers.items() if name in {"location", "etag", "link", "retry-after"}}
        assert shown == {name: value for name, value in kept.items() if name != "content-type"}
        if "content-type" in kept:
            assert answer.headers["content-type"] == kept["content-type"]
        assert answer.json()["id"] == "1"


@pytest.mark.parametrize("status", NO_STATUSES)
async def test_an_invalid_status_is_a_clean_refusal_and_reports_that_a_write_may_be_done(tmp_path: Path, status: int) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False)) as world:
        world.upstream.status = b"%d Odd" % status
        for method in ("GET", "POST"):
            answer = await world.alpha.ask(method, PROXIED, **({"json": {}} if method == "POST" else {}))
            problem = answer.json()
            assert (answer.status_code, problem["code"], problem["retryable"]) == (502, "provider_malformed", False)
            assert problem["detail"] == (
                f"HubSpot answered with the status {status}, which HTTP does not have"
                + ("" if method == "GET" else "; what was asked for may be done")
            )
            assert problem["provider"]["status"] == status
        assert len(world.upstream.seen) == 2


IDS = ["ä", "人", "\u2028", "a b", "\x7f", "🙂", "a/b"]


@pytest.mark.parametrize("record_id", IDS)
async def test_an_id_of_any_letters_is_reported_for_a_created_record(tmp_path: Path, record_id: str) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False)) as world:
        world.upstream.record = {"id": record_id, "properties": {"firstname": "Ada"}}
        answer = await world.alpha.ask("POST", CONTACTS, json={"first_name": "Ada"})
        assert answer.status_code == 201, answer.text
        assert json.loads(answer.text)["id"] == record_id
        assert PLAIN.fullmatch(answer.headers["location"])
