"""What the document says is what the service does: every documented success is answered, no other is, and bodies fit.

Everything is asked over HTTP, in process, against the stand-ins: with a key that writes directly, and with one whose writes wait
for an approval. Bodies are those of the cassettes' scenarios.
"""

import re
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import time_machine

from tests.api.openapi.management_acts import ACTS, Act
from tests.api.openapi.reading import OF_MODELS, OPERATIONS, check_part, parameters, resolved, successes
from tests.approvals.conftest import ASKS, CLASSES
from tests.approvals.test_every_write import fresh
from tests.cassettes.connect import CLOCK
from tests.conformance.subjects import Subject, mapping, scenario, subjects
from tests.conformance.test_upserting import body_of
from tests.conformance.world import _path, opened
from tests.keys import new_key
from tests.world import lend_server, open_client, open_world
from unified.models import BODIES, MAKING, UPSERT
from unified.service.access.api_keys import create_key

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
BY_ID = {operation["operationId"]: (path, verb, operation) for path, verb, operation in OPERATIONS}
NEED_OTHERS = {"crm.leads": "each provider wants a person, a company or other names, which mappings cannot say"}
"""Models of which no example without ids of other records is taken, and why."""
SCRAPES = "planted-metrics-token"
NOT_ANSWERED: dict[tuple[str, str], str] = {}
"""Documented successes that the stand-ins cannot show, each with its reason."""


class Desk:
    """Asks, checks each answer against the document, and keeps which successes there were."""

    def __init__(self, world: Any, direct: Any, asking: Any) -> None:
        self.world, self.direct, self.asking = world, direct, asking
        self.seen: dict[str, set[str]] = {}
        self.problems: list[str] = []

    async def ask(self, client: Any, operation: str, path: dict[str, str], query: dict[str, Any], **more: Any) -> Any:
        template, verb, described = BY_ID[operation]
        address = re.sub(r"\{(\w+)\}", lambda match: path[match[1]], template)
        answer = await client.request(verb.upper(), address, params=query, **more)
        self._check(operation, described, answer)
        return answer

    def _check(self, operation: str, described: dict[str, Any], answer: Any) -> None:
        status = str(answer.status_code)
        response = resolved(described["responses"].get(status) or described["responses"].get("default"))
        if response is None:
            self.problems.append(f"{operation}: {status} is not documented: {answer.text[:300]}")
            return
        if answer.is_success:
            self.seen.setdefault(operation, set()).add(status)
        else:
            self.problems.append(f"{operation}: {status}: {answer.text[:300]}")
        content = response.get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if bool(content) != bool(answer.content) and "default" not in described["responses"]:
            self.problems.append(
                f"{operation}: {status}: a body where there is none in the document, or none where there is one"
            )
        elif content and kind not in content:
            self.problems.append(f"{operation}: {status}: {kind} is not one of {list(content)}")
        elif kind.endswith("json") and content:
            try:
                check_part(answer.json(), content[kind]["schema"])
            except Exception as problem:  # noqa: BLE001 - collected with the others
                self.problems.append(f"{operation}: {status}: {getattr(problem, 'json_path', '')} {str(problem)[:300]}")

    def missing(self, operations: dict[str, Any]) -> list[str]:
        """What was documented and not answered."""
        return [
            f"{name}: {status} was never answered"
            for name, (_, _, operation) in operations.items()
            for status in successes(operation)
            if status not in self.seen.get(name, ()) and (name, status) not in NOT_ANSWERED
        ]


@asynccontextmanager
async def desk_of(world: Any, tenant: str) -> Any:
    keys = {}
    for name, asked in (
        ("direct", {"role": "admin", "scope": "unlimited"}),
        ("asks", {"role": "app", "scope": {**ASKS, "fields": {"classes": CLASSES}}}),
    ):
        _, keys[name] = await create_key(world.services, tenant, new_key(name=name, **asked), maker=None)
    async with (
        lend_server(world.services) as server,
        open_client(server, keys["direct"]) as direct,
        open_client(server, keys["asks"]) as asking,
    ):
        yield Desk(world, direct, asking)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk():
    with time_machine.travel(CLOCK, tick=True):
        async with opened() as world, desk_of(world, world.principal.tenant_id) as one:
            yield one


@pytest.fixture(autouse=True)
def _stand_ins_day():
    with time_machine.travel(CLOCK, tick=True):
        yield


def subject_for(model: str, method: str) -> Subject | None:
    """A provider with this method, of those whose scenario says how to call it."""
    needed = method if method in BODIES else {"batch": "create", "schema": "list"}.get(method, method)
    found = [one for one in subjects() if one.model == model and (needed in mapping(one).methods or method == "batch")]
    known = [one for one in found if needed not in BODIES or needed in scenario(one)]
    creatable = [one for one in known if "create" in scenario(one)]
    return next(iter(creatable or known), None)


async def target(desk: Desk, subject: Subject, method: str) -> str:
    """The id of a record to read, change or delete: of a new one where that can be made and removed."""
    if method != "get" and "create" in mapping(subject).methods and "create" in scenario(subject):
        return str((await desk.world.create(subject, fresh(scenario(subject)["create"])))["id"])
    return str(next(iter(await desk.world.whole(subject))))


async def call_model(desk: Desk, operation: dict[str, Any], client: Any, subject: Subject) -> None:
    method, query = operation["x-method"], {"account_id": desk.world.accounts[subject.provider]}
    path: dict[str, str] = dict(_path(subject))
    more: dict[str, Any] = {}
    if method == "list":
        query |= {key: one for key, one in (await desk.world.given(subject)).items() if key not in path}
    elif method == "batch":
        more["json"] = {"items": [batch_item(subject)]}
    elif method in MAKING:
        body = fresh(scenario(subject)[method])
        query |= {"by": body.pop("by")} if method == UPSERT else {}
        more["json"] = body
    elif method != "schema":
        path["id"] = await target(desk, subject, method)
        if method == "update":
            asked = scenario(subject)["update"]
            more["json"] = {name: one for name, one in asked.items() if not isinstance(one, list)} or asked
    await desk.ask(client, operation["operationId"], path, query, **more)


def batch_item(subject: Subject) -> dict[str, Any]:
    if "create" in scenario(subject):
        return {"op": "create", "data": fresh(scenario(subject)["create"])}
    return {"op": "delete", "id": "0"}


@pytest.mark.parametrize("category", ["crm", "hris", "ticketing"])
async def test_every_success_of_the_models_is_answered_and_no_other(desk, category):
    desk.problems.clear()
    operations = {one[2]["operationId"]: one for one in OF_MODELS if one[2]["x-model"].startswith(f"{category}.")}
    for name, (_, _, operation) in operations.items():
        model, method = operation["x-model"], operation["x-method"]
        subject = subject_for(model, method)
        if subject is None:
            desk.problems.append(f"{name}: no scenario of cassettes says how to call it")
            continue
        await call_model(desk, operation, desk.direct, subject)
        if "202" in operation["responses"]:
            await call_model(desk, operation, desk.asking, subject)
        if method == UPSERT:
            await upsert_twice(desk, operation)
    problems = [*desk.problems, *desk.missing(operations)]
    assert not problems, "\n".join(problems)


async def upsert_twice(desk: Desk, operation: dict[str, Any]) -> None:
    """Make a record and change it, at every provider: not all say whether it is new."""
    for subject in subjects(UPSERT):
        if subject.model == operation["x-model"]:
            for key in mapping(subject).keys:
                body = body_of(subject, key)
                query = {"account_id": desk.world.accounts[subject.provider], "by": key}
                for _ in range(2):
                    await desk.ask(desk.direct, operation["operationId"], dict(_path(subject)), query, json=body)


async def test_every_success_of_management_is_answered_and_no_other(tmp_path):
    providers = ("hubspot", "bamboohr", "zendesk")
    async with (
        open_world(tmp_path, providers=providers, public_url="https://unified.example.com", metrics_token=SCRAPES) as world,
        desk_of(world, world.tenant) as desk,
    ):
        known: dict[str, str] = dict(world.accounts)
        for act in ACTS:
            await perform(desk, act, known)
        operations = {name: one for name, one in BY_ID.items() if name in {act.operation for act in ACTS}}
        problems = [*desk.problems, *desk.missing(operations)]
        assert not problems, "\n".join(problems)


async def perform(desk: Desk, act: Act, known: dict[str, str]) -> None:
    path = {name: filled(value, known) for name, value in act.path.items()}
    more: dict[str, Any] = {} if act.body is msgspec.UNSET else {"json": filled(act.body, known)}
    if act.content is not None:
        kind, content = act.content
        more = {"content": content(), "headers": {"Content-Type": kind}}
    if "{digest}" in str(act.body):
        shown = await desk.direct.get(f"/approvals/{known['approval']}")
        more["json"] = {"digest": shown.json()["digest"]}
    if act.key == "metrics":
        more["headers"] = {"Authorization": f"Bearer {SCRAPES}"}
    client = desk.asking if act.key == "asks" else desk.direct
    answer = await desk.ask(client, act.operation, path, filled(act.query, known), **more)
    if act.keeps and answer.is_success:
        body = answer.json()
        known[act.keeps] = body["id"] if "id" in body else body["approval"]["id"]


def filled(value: Any, known: dict[str, str]) -> Any:
    """A value with the ids that its texts name."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {name: filled(one, known) for name, one in value.items()}
    return [filled(one, known) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("start", ["/crm/", "/hris/", "/ticketing/", "/"])
async def test_the_first_execute_of_every_list_answers(desk, start):
    """What a page to try the API on fills in: the examples of parameters; people add their account and what has an asterisk."""
    problems = []
    for path, verb, operation in OPERATIONS:
        is_here = path.startswith(start) and (start != "/" or "x-model" not in operation)
        if (
            is_here
            and verb == "get"
            and operation["operationId"].startswith("list_")
            and "{" not in path.replace("{object}", "")
        ):
            for subject, query in await executions(desk, operation):
                answer = await desk.direct.get(address(path, subject), params=query)
                if answer.status_code != HTTPStatus.OK:
                    problems.append(f"{subject or path}: {answer.status_code} {answer.text[:200]}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("category", ["crm", "hris", "ticketing"])
async def test_the_examples_of_bodies_are_taken(desk, category):
    """What a page to try the API on fills in; only ids of other records have to be replaced."""
    problems = []
    for path, verb, operation in OF_MODELS:
        if operation["x-method"] not in MAKING or not operation["x-model"].startswith(f"{category}.") or "{" in path:
            continue
        (body,) = resolved(operation["requestBody"]["content"]["application/json"]["schema"])["examples"]
        answers = [
            await desk.direct.request(verb.upper(), path, params=query_of(desk, operation, provider), json=body)
            for provider in operation["x-providers"]
        ]
        names_others = any(name.endswith(("_id", "_ids")) for name in body) or operation["x-model"] in NEED_OTHERS
        if not names_others and not any(one.is_success for one in answers):
            problems += [f"{path}: {one.text[:300]}" for one in answers]
    assert not problems, "\n".join(problems)


def query_of(desk: Desk, operation: dict[str, Any], provider: str) -> dict[str, str]:
    keys = mapping(Subject(provider=provider, model=operation["x-model"])).keys if operation["x-method"] == UPSERT else ()
    return {"account_id": desk.world.accounts[provider], **({"by": keys[0]} if keys else {})}


async def executions(desk: Desk, operation: dict[str, Any]) -> list[tuple[Subject | None, dict[str, Any]]]:
    """Each provider that the operation names, with the query that is sent for its account."""
    prefilled = {
        one["name"]: value
        for one in parameters(operation)
        for value in (one.get("example"), *one["schema"].get("examples", ()), one["schema"].get("default"))
        if value not in (None, {})
    }
    if operation["operationId"].endswith("_fields"):
        (model,) = (one for one in parameters(operation) if one["name"] == "model")
        category = operation["operationId"].split("_")[1]
        return [
            (
                None,
                prefilled
                | {"account_id": desk.world.accounts[provider], "model": name}
                | dict(_path(Subject(provider=provider, model=f"{category}.{name}"))),
            )
            for name, providers in model["x-providers"].items()
            for provider in providers
        ]
    if "x-model" not in operation:
        return [(None, prefilled)]
    found = []
    for provider in operation["x-providers"]:
        subject = Subject(provider=provider, model=operation["x-model"])
        needed = {one["name"] for one in parameters(operation) if provider in one.get("x-needed-by", ())}
        given = await desk.world.given(subject)
        assert needed >= set(given) - set(_path(subject)), f"{subject}: the document does not say that it needs {set(given)}"
        found.append(
            (subject, prefilled | {"account_id": desk.world.accounts[provider]} | {name: given[name] for name in needed})
        )
    return found


def address(path: str, subject: Subject | None) -> str:
    return path if subject is None else path.format(**_path(subject))
