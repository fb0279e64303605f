"""`methods` limits answers, too: whoever may write and not read gets the id of what was written, and nothing that it holds.

Every write of every mapping, by REST, in a batch, as a tool, and by way of an approval, under random scopes.
"""

import random
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import time_machine

from tests.approvals.test_every_write import FEW, WRITES, fresh
from tests.cassettes.connect import CLOCK
from tests.conformance.subjects import mapping, scenario
from tests.conformance.world import _path, opened
from tests.keys import new_key
from tests.world import lend_server, open_client
from unified.models import BODIES, MAKING, UPSERT, method_class
from unified.service.access.api_keys import create_key
from unified.transform.tools import tool_name

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOWN = {"id", "remote_id"}
CLASSES = {"classes": ["none", "personal", "sensitive", "secret"]}
READING = ({"read"}, {"get"}, {"list"})
ONCE = {"bamboohr/hris.timesheet_entries", "hibob/hris.employees"}
"""Mappings of which the scenario's write can be made only once on a day, so that no second key is shown its record."""
PLANTED = "pl4nted words that no caller may read"


class Refusing(httpx2.AsyncBaseTransport):
    """The stand-ins; while there is a `status`, what a write sends is refused in words that no one may read."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.status = inner, 0

    async def handle_async_request(self, request: Any) -> Any:
        if not self.status or request.method == "GET":
            return await self.inner.handle_async_request(request)
        one = {"message": PLANTED, "code": PLANTED, "error": PLANTED, "detail": PLANTED, "title": PLANTED, "field": PLANTED}
        headers = {"x-bamboohr-error-message": PLANTED, "www-authenticate": PLANTED}
        return httpx2.Response(self.status, headers=headers, json={**one, "errors": [one], "errorMessages": [PLANTED]})


class Desk:
    """The REST API in front of all stand-ins, and keys for random scopes."""

    def __init__(self, world: Any, wire: Refusing, client: Any) -> None:
        self.world, self.wire, self.client, self.pick = world, wire, client, random.Random(11)
        self.keys: dict[tuple[Any, ...], str] = {}
        self.refused = 0
        """The status that the provider refuses the next request with; 0 for none."""

    async def key(self, methods: set[str], **more: Any) -> str:
        """A key that may call these methods; the models are named or left open by chance."""
        known = (tuple(sorted(methods)), repr(sorted(more.items())))
        if known not in self.keys:
            tenant, scope = self.world.principal.tenant_id, {"methods": sorted(methods), "writes": "direct", "fields": CLASSES}
            asked = new_key(name="k", **{"role": "app", **more, "scope": {**scope, **more.get("scope", {})}})
            _, self.keys[known] = await create_key(self.world.services, tenant, asked, maker=None)
        return self.keys[known]

    async def ask(self, key: str, verb: str, path: str, **more: Any) -> Any:
        self.wire.status, self.refused = self.refused, 0  # not before: making what is written must succeed
        answer = await self.client.request(verb, path, headers={"Authorization": f"Bearer {key}"}, **more)
        self.wire.status = 0
        return answer

    def writing(self, method: str) -> set[str]:
        """Methods of a scope that allow a write: itself, its class, or more of it."""
        own = {"create", "update"} if method == UPSERT else {method}
        kind = method_class(method)
        return self.pick.choice(([own, {kind}, own | {"write"}]) if kind == "write" else [own, {kind}])

    async def body(self, subject: Any, method: str) -> dict[str, Any]:
        asked = scenario(subject).get(method, {}) if method in BODIES else {}
        single = {name: one for name, one in asked.items() if not isinstance(one, list)} if method == "update" else {}
        return fresh(dict(single or asked))

    async def target(self, subject: Any) -> str:
        if "create" in mapping(subject).methods and {"delete", "cancel"} & {*mapping(subject).methods}:
            return (await self.world.create(subject, fresh(scenario(subject)["create"])))["id"]
        return next(iter(await self.world.whole(subject)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk():
    wires: list[Refusing] = []

    def through(inner):
        wires.append(Refusing(inner))
        return wires[0]

    with time_machine.travel(CLOCK, tick=True):
        async with (
            opened(through) as world,
            lend_server(world.services) as server,
            open_client(server) as client,
        ):
            yield Desk(world, wires[0], client)


@pytest.fixture(autouse=True)
def _stand_ins_day(desk):
    with time_machine.travel(CLOCK, tick=True):
        yield
    desk.wire.status = 0


def each_write(*methods):
    rows = [(one, method) for one, method in WRITES if not methods or method in methods]
    return pytest.mark.parametrize(
        ("subject", "method"),
        [pytest.param(*row, id=f"{row[0]}/{row[1]}", marks=() if row in FEW else pytest.mark.slow) for row in rows],
    )


def filled(record: dict[str, Any]) -> set[str]:
    return {name for name, value in record.items() if value not in (None, [], {}, False)}


async def rest(desk, key, subject, method):
    """One write by REST; what the answer shows of the record, the body that was sent, and the answer."""
    model, body = mapping(subject).model, await desk.body(subject, method)
    query = {"account_id": desk.world.accounts[subject.provider]}
    base = f"/{model.category}/{model.plural}" + "".join(f"/{one}" for one in _path(subject).values())
    if method == UPSERT:
        query["by"] = body.pop("by")
    path = base if method in MAKING else f"{base}/{await desk.target(subject)}"
    verb = {"create": "POST", UPSERT: "PUT", "update": "PATCH", "delete": "DELETE"}.get(method, "POST")
    path = path if method in {*MAKING, "update", "delete"} else f"{path}/{method}"
    answer = await desk.ask(key, verb, path, params=query, **({"json": body} if body else {}))
    return (answer.json() if answer.is_success and answer.content else {}), body, answer


async def batch(desk, key, subject, method):
    model, body = mapping(subject).model, await desk.body(subject, method)
    base = f"/{model.category}/{model.plural}" + "".join(f"/{one}" for one in _path(subject).values())
    item = {"op": method, **({"by": body.pop("by")} if method == UPSERT else {})}
    item |= {} if method in MAKING else {"id": await desk.target(subject)}
    item |= {} if method == "delete" else {"data": body}
    query = {"account_id": desk.world.accounts[subject.provider]}
    answer = await desk.ask(key, "POST", f"{base}/batch", params=query, json={"items": [item]})
    (result,) = answer.json()["results"]
    return result.get("data", {}), body, answer


async def tool(desk, key, subject, method):
    body = await desk.body(subject, method)
    arguments = {**_path(subject), **body, **({} if method in MAKING else {"id": await desk.target(subject)})}
    asked = {"account_id": desk.world.accounts[subject.provider], "arguments": arguments}
    answer = await desk.ask(key, "POST", f"/tools/{tool_name(mapping(subject).model, method)}", json=asked)
    shown = answer.json().get("result", {}).get("data", {})
    return {name: one for name, one in shown.items() if name != "deleted"}, body, answer


WAYS = {"rest": rest, "batch": batch, "tool": tool}


@each_write()
async def test_an_answer_holds_what_was_sent_and_the_id(desk, subject, method):
    seen = set()
    for name, way in WAYS.items():
        if name == "batch" and method not in {*MAKING, "update", "delete"}:
            continue
        for reads in (set(), desk.pick.choice(READING)):
            shown, _, answer = await way(desk, await desk.key(desk.writing(method) | reads), subject, method)
            if reads:
                seen |= filled(shown) - SHOWN
                continue
            assert filled(shown) <= SHOWN, (name, answer.text)
            assert answer.headers.keys().isdisjoint({"etag", "unified-warning"})
            assert '"version"' not in answer.text
    assert seen or method == "delete" or str(subject) in ONCE, "the control: who may read sees more"


@each_write()
async def test_a_refusal_reveals_nothing_of_the_record(desk, subject, method):
    """A provider's own words about a write may repeat what the record holds."""
    key = await desk.key(desk.writing(method))
    for status in (400, 403, 409, 412, 422, 429, 500):
        for way in WAYS.values():
            if way is batch and method not in {*MAKING, "update", "delete"}:
                continue
            desk.refused = status
            _, _, answer = await way(desk, key, subject, method)
            assert PLANTED not in answer.text, answer.text


@each_write()
async def test_an_approver_who_may_not_read_sees_what_is_sent_only(desk, subject, method):
    """Neither the record's name nor its present values, nor the requests where they repeat something that was read."""
    asker = await desk.key(desk.writing(method), scope={"writes": "approve"})
    _, sent, asked = await rest(desk, asker, subject, method)
    if asked.status_code != 202:
        assert asked.status_code in {422, 501}, asked.text  # what cannot be shown before it is sent
        return
    path = f"/approvals/{asked.json()['approval']['id']}"
    own = (await desk.ask(asker, "GET", path)).json()
    assert own.keys().isdisjoint({"request", "requests", "record", "difference", "body"}) or not own.get("requests")
    deciding = {"role": "approver", "scope": {"writes": "deny", "manage": ["approvals"]}}
    blind, reader = [await desk.key(desk.writing(method) | reads, **deciding) for reads in (set(), {"read"})]
    view = (await desk.ask(blind, "GET", path)).json()
    if view.get("unavailable"):
        assert (view["unavailable"], view["requests"], view["difference"]) == ("method_not_allowed_by_scope", [], [])
        assert (await desk.ask(blind, "POST", f"{path}/approve", json={"digest": own["digest"]})).status_code == 403
        seen = (await desk.ask(reader, "GET", path)).json()
        assert (seen.get("unavailable"), bool(seen["requests"])) == (None, True)
        return
    assert (view.get("record") or {}).get("name") is None
    assert all(one["from"] is None for one in view.get("difference") or ())
    assert {one["field"].partition(".")[0] for one in view.get("difference") or ()} <= sent.keys()
    done = await desk.ask(blind, "POST", f"{path}/approve", json={"digest": view["digest"]})
    assert done.status_code == 200, done.text
    assert (done.json().get("result") or {}).keys() <= {"id"}


@each_write(UPSERT)
async def test_an_upsert_does_not_say_whether_there_was_a_record(desk, subject, method):
    for name in ("rest", "batch"):
        key, body = await desk.key({"create", "update"}), await desk.body(subject, method)
        answers = []
        for _ in range(2):
            by = dict(body).pop("by")
            data = {field: value for field, value in body.items() if field != "by"}
            model, query = mapping(subject).model, {"account_id": desk.world.accounts[subject.provider]}
            base, item = f"/{model.category}/{model.plural}", {"op": "upsert", "by": by, "data": data}
            asked = (
                {"params": {**query, "by": by}, "json": data}
                if name == "rest"
                else {"params": query, "json": {"items": [item]}}
            )
            answer = await desk.ask(
                key, "PUT" if name == "rest" else "POST", base + ("" if name == "rest" else "/batch"), **asked
            )
            shown = answer.json() if name == "rest" else answer.json()["results"][0]
            answers.append((answer.status_code, sorted(answer.headers.keys() - {"ratelimit"}), shown))
        assert answers[0] == answers[1]
        assert answers[0][2].get("status", 200) == answers[0][0] == 200
