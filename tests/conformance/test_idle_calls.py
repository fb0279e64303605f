"""No call to a provider is made twice for one answer, and none of which the answer is not used."""

import json
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.cases import showcase
from tests.conformance.subjects import subjects
from tests.conformance.world import opened
from unified.errors.error import UnifiedError
from unified.service.records.reading import listing
from unified.transform.queries.query_reading import query_from_object

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Watched(httpx2.AsyncBaseTransport):
    """What the service sends, and which of it fails."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self.inner = inner
        self.sent: list[tuple[str, str, bytes]] = []
        self.failing: int | None = None
        """Which request, counted from 0, gets no answer of use."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self.sent.append((request.method, str(request.url), body))
        if len(self.sent) - 1 == self.failing:
            return httpx2.Response(418, json={"why": "this answer is withheld"})
        return await self.inner.handle_async_request(request)


WATCHED: list[Watched] = []


def watched(inner: httpx2.AsyncBaseTransport) -> Watched:
    WATCHED.append(Watched(inner))
    return WATCHED[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world():
    async with opened(watched) as one:
        yield one


async def listed(world: Any, subject: Any, asked: dict[str, Any], *, failing: int | None = None) -> tuple[str, list[Any]]:
    """What a list answers, as text, and the requests that it made."""
    network = WATCHED[-1]
    network.sent, network.failing = [], failing
    call = await world.open(subject, "list")
    try:
        page = await listing.list_records(call, query_from_object(asked, call.mapping.model))
        found = json.dumps([page.data, page.position is None, [one.code for one in page.warnings]])
    except UnifiedError as problem:
        found = problem.code
    return found, network.sent


ASKED = [{}, {"fields": "id"}, {"limit": 2, "fields": "created_at"}]


@pytest.mark.parametrize("subject", showcase(subjects("list"), lambda one: one.provider))
async def test_every_call_of_a_list_is_made_once_and_used(world, subject):
    needed = await world.given(subject)
    for more in ASKED:
        asked = {"limit": 5, **needed, **more}
        plain, sent = await listed(world, subject, asked)
        assert len(sent) == len(set(sent)), [one for one in sent if sent.count(one) > 1]
        for index, one in enumerate(sent[:8]):
            other, _ = await listed(world, subject, asked, failing=index)
            assert other != plain, f"{more}: the answer to {one[0]} {one[1]} is not used"
