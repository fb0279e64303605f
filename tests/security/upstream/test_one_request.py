"""One request in, one request out, for one account: whatever the method, the body and the provider's manners."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.security.upstream.programmed import IGNORES, Manner, Upstream, programmed
from tests.sizes import examples
from tests.world import add_key, add_tenant, connect, fresh_home, open_app
from unified.settings.settings import Settings

CLIENTS = ("unified", "httpx2")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_BODY = ("GET", "DELETE")
MANNERS = [
    Manner(ignores_bodies=ignores, early=early, unasked=unasked, first=first)
    for ignores in (True, False)
    for early, unasked in (
        (False, "none"),
        (True, "none"),
        (False, "at once"),
        (False, "soon"),
        (False, "late"),
        (True, "late"),
    )
    for first in (False, True)
]
"""All that the server can do, in every combination."""
QUICK = {0, 3, 8, 17, 20}
SOME = [pytest.param(one, id=one.named(), marks=() if at in QUICK else pytest.mark.slow) for at, one in enumerate(MANNERS)]
"""The same; a few of them are quick."""
PROXIED = "/proxy/crm/v3/objects/contacts"
READ_ONLY = {"methods": ["read"], "fields": {"classes": ["none", "personal", "sensitive", "secret"]}}
FULL = {"methods": ["read", "write"], "fields": {"classes": ["none", "personal", "sensitive", "secret"]}}


class Caller(NamedTuple):
    """A tenant's key and account, and how its account's requests are known."""

    client: httpx2.AsyncClient
    key: str
    account: str
    token: str

    async def ask(self, method: str, path: str, key: str = "", headers: Any = None, **more: Any) -> httpx2.Response:
        named = {"Authorization": f"Bearer {key or self.key}", "Unified-Account": self.account, **(headers or {})}
        return await self.client.request(method, path, headers=named, **more)


class TwoTenants(NamedTuple):
    """Two tenants at one provider."""

    upstream: Upstream
    alpha: Caller
    beta: Caller
    reader: str
    """Alpha's key that may read only."""


@asynccontextmanager
async def opened(home: Path, manner: Manner, client: str = "unified") -> AsyncIterator[TwoTenants]:
    async with fresh_home(home), programmed(manner) as upstream:
        chosen = Settings(home=home, provider_urls={"hubspot": upstream.origin}, allow_loopback=True, http_client=client)
        async with open_app(chosen) as (services, http):
            made = []
            for name in ("alpha", "beta"):
                tenant = await add_tenant(services, name)
                account = await connect(services, tenant, "hubspot", credentials={"type": "bearer", "token": f"{name}-token"})
                key = await add_key(services, tenant, role="app", scope=FULL)
                made.append((tenant, Caller(client=http, key=key, account=account, token=f"Bearer {name}-token")))
            reader = await add_key(services, made[0][0], role="app", scope=READ_ONLY)
            upstream.seen.clear()
            services.client._sleep = lambda _: asyncio.sleep(0)  # between two tries
            yield TwoTenants(upstream=upstream, alpha=made[0][1], beta=made[1][1], reader=reader)


OWN = ("GET /crm/v3/objects/contacts/1", "POST /crm/v3/properties/contacts/batch/read")
"""What a read of a contact asks of HubSpot: the contact, and the definitions of its custom fields."""


def smuggled(draw: random.Random) -> bytes:
    """A body that a server which ignores it reads as one request, or as the beginning of one."""
    line = draw.choice(["GET /slow/injected", "DELETE /crm/v3/objects/contacts/7", "POST /collect"])
    ending = draw.choice([b"\r\n\r\n", b"\r\nContent-Length: 350\r\n\r\n", b"\r\nX-A: "])
    return f"{line} HTTP/1.1\r\nHost: x".encode() + ending


def random_body(draw: random.Random) -> bytes:
    return draw.choice(
        [b"", b"{}", smuggled(draw), smuggled(draw) + smuggled(draw), draw.randbytes(draw.randrange(1, 60)), b"\r\n"]
    )


def random_headers(draw: random.Random) -> dict[str, str]:
    values = ["application/json", "*/*", '"1"', "GET / HTTP/1.1", "0", "chunked", "close", "DELETE"]
    names = ["Accept", "Content-Type", "If-Match", "Prefer", "Transfer-Encoding", "Connection", "X-HTTP-Method-Override"]
    return {name: draw.choice(values) for name in draw.sample(names[:4], draw.randrange(3))}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("manner", SOME)
async def test_no_request_reaches_the_answers_of_another_account(tmp_path: Path, manner: Manner, client: str) -> None:
    draw = random.Random(repr(manner))
    async with opened(tmp_path, manner, client) as world:
        beta = world.beta
        for number in range(examples(30) // 3):
            method, body = draw.choice(METHODS), random_body(draw)
            through, sent = draw.random() < 0.7, len(world.upstream.seen)
            if through:
                more = {"content": body, "headers": random_headers(draw)}
                attacked = await world.alpha.ask(method, f"{PROXIED}/{number}", **more)
            else:
                attacked = await mapped(world.alpha, method, number, body)
            await asyncio.sleep(draw.choice([0, 0, 0, 0.004, 0.02]))
            answer = await beta.ask("GET", f"/crm/contacts/{1000 + number}")
            theirs = [one for one in world.upstream.seen if one.authorization == beta.token]
            assert all(one.line.startswith(OWN) for one in theirs)
            assert not any(b"beta-token" in one.body for one in world.upstream.seen)
            if answer.status_code == 200:
                own = (beta.token, "nobody") if manner.first else beta.token  # what opens a connection may pass for an answer
                assert answer.json()["first_name"].startswith(own)
            else:
                assert (manner.first, answer.status_code) == (True, 502), answer.text
            lines = [one.line for one in world.upstream.seen[sent:] if one.authorization != beta.token]
            assert not any("injected" in line or "/7" in line or "collect" in line for line in lines), lines
            if through and method in NO_BODY and body:
                assert (attacked.status_code, lines) == (400, [])
            elif through:
                assert set(lines) <= {f"{method} /crm/v3/objects/contacts/{number} HTTP/1.1"}
                assert len(lines) <= (
                    3 if manner.first else 1
                )  # a connection that says something unasked is replaced for a GET


async def mapped(caller: Caller, method: str, number: int, body: bytes) -> httpx2.Response:
    """A call by the models, with the body as a value."""
    if method in NO_BODY:
        return await caller.ask(method, f"/crm/contacts/{number}", content=body)
    path = "/crm/contacts" if method == "POST" else f"/crm/contacts/{number}"
    named = {"first_name": body.decode("latin-1").replace("\x00", " ")}
    return await caller.ask("PATCH" if method == "PUT" else method, path, json=named)


@pytest.mark.parametrize("method", METHODS)
async def test_a_body_is_passed_on_where_http_defines_one_and_refused_elsewhere(tmp_path: Path, method: str) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False)) as world:
        answer = await world.alpha.ask(method, f"{PROXIED}/1", content=b"GET /x HTTP/1.1\r\n\r\n")
        if method in NO_BODY:
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (400, "malformed_request")
            assert problem["detail"] == (
                f"expected no body with {method}, for which HTTP defines none; send the values in the query, or use another method"
            )
            assert world.upstream.seen == []
        else:
            assert answer.status_code == 200
            assert [one.body for one in world.upstream.seen] == [b"GET /x HTTP/1.1\r\n\r\n"]
        chunked = await world.alpha.ask(method, f"{PROXIED}/1", content=_chunks(b"{}"))
        assert chunked.status_code == (400 if method in NO_BODY else 200)
        empty = await world.alpha.ask(method, f"{PROXIED}/1", content=b"", headers={"Content-Length": "0"})
        assert (empty.status_code, world.upstream.seen[-1].body) == (200, b"")


async def _chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


DISGUISED = {
    "a document in the body": {"content": b'{"query": "mutation { delete(id: 1) }"}'},
    "a document in the query": {"params": {"query": "mutation { delete(id: 1) }"}},
    "a document under a name in other letters": {"params": {"Query": "mutation { delete(id: 1) }"}},
    "a subscription": {"params": {"query": "subscription{x}"}},
    "a header for another method": {"headers": {"X-HTTP-Method-Override": "DELETE"}},
    "the same by another name": {"headers": {"X-Method-Override": "patch"}},
    "a parameter for another method": {"params": {"_method": "DELETE"}},
    "the same in other letters": {"params": {"_METHOD": "delete"}},
    "a parameter as one provider names it": {"params": {"_HttpMethod": "PATCH"}},
    "a parameter named as the header": {"params": {"X-HTTP-Method-Override": "PUT"}},
}


@pytest.mark.parametrize("disguise", DISGUISED.values(), ids=DISGUISED.keys())
async def test_a_key_that_may_only_read_sends_only_reads(tmp_path: Path, disguise: dict[str, Any]) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False)) as world:
        answer = await world.alpha.ask("GET", f"{PROXIED}/1", key=world.reader, **disguise)
        assert answer.status_code in {400, 403}, answer.text
        assert world.upstream.seen == []
        plain = await world.alpha.ask("GET", f"{PROXIED}/1", key=world.reader, params={"query": "{ me }"})
        assert plain.status_code == 200
        assert set(IGNORES) >= {one.line.split(" ")[0] for one in world.upstream.seen}
