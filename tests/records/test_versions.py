"""`If-Match`: a change is made of the version that the caller read; whoever compares it, it is never ignored."""

import json
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from tests.cases import each
from tests.world import add_key, lend_server, open_client
from unified.errors.configuration import CatalogError
from unified.errors.requests import ValidationFailed
from unified.errors.writes import VersionConflict
from unified.service.records.opening import visible_account
from unified.service.tools.calling import run_method
from unified.transform.tools.definition import define

MAPPING = """\
record: |
  {"id": id, "first_name": first, "account_id": company}
VERSION
write: |
  {"first": first_name}
get: {request: "GET /people/{id}"}
create: {request: POST /people}
update:
  BEFORE
  request: PATCH /people/{id}
  SENDS
  after:
    - {when: account_id, request: "PUT /people/{id}/company/{account_id}"}
delete: {request: "DELETE /people/{id}"}
"""
WAYS = {
    "body": ("version: revision", "body: '$merge([$write, {\"revision\": $version ? $number($version) : $held.rev}])'"),
    "header": ("version: $headers.etag", "headers: '{\"If-Match\": $version}'"),
    "neither": ("version: revision", "query: '{\"notify\": false}'"),
}
BEFORE = 'before: {held: {request: "GET /people/{id}/revision"}}'
PATH = "/crm/contacts/7"


def mapping(way):
    version, sends = WAYS[way]
    lines = {"VERSION": version, "SENDS": sends, "BEFORE": BEFORE if way == "body" else ""}
    return "\n".join(line.replace(line.strip(), lines.get(line.strip(), line.strip())) for line in MAPPING.splitlines())


class People:
    """A provider with one person, whose version each change raises; what names another one is refused."""

    def __init__(self):
        self.revision, self.first = 4, "Ada"
        self.is_racing = False
        """Whether someone else changes the person between the read before a change and the change."""

    def __call__(self, request):
        if request.url.path.endswith("/revision"):
            return {"rev": self.revision}
        if request.method == "PATCH":
            self.revision += self.is_racing
            body = json.loads(request.content)
            named = request.headers.get("if-match") or body.get("revision")
            if named not in (None, self.revision, f'W/"{self.revision}"'):
                return httpx2.Response(412, json={"message": "changed"})
            self.first, self.revision = body["first"], self.revision + 1
        meta = {"revision": self.revision, "deep": {"number": self.revision}}
        body = {"id": "7", "first": self.first, "revision": self.revision, "meta": meta}
        return httpx2.Response(200, json=body, headers={"ETag": f'W/"{self.revision}"'})


@asynccontextmanager
async def opened(tmp_path, text, scope=None):
    """The REST API before such a provider: account, provider, and what sends a request."""
    people = People()
    async with (
        open_acme(tmp_path, mapping(text) if text in WAYS else text, people) as acme,
        lend_server(acme.services) as server,
    ):
        role = {"role": "admin"} if scope is None else {"role": "app", "scope": scope}
        key = await add_key(acme.services, acme.principal.tenant_id, **role)
        async with open_client(server, key) as client:

            async def send(method, body=None, *, path=PATH, **headers):
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, params={"account_id": acme.account}, json=body, headers=named)

            yield acme, people, send


@pytest.mark.parametrize("way", WAYS)
async def test_a_change_of_the_version_that_was_read_is_made(tmp_path, way) -> None:
    async with opened(tmp_path, way) as (_, people, send):
        tag = (await send("GET")).headers["etag"]
        changed = await send("PATCH", {"first_name": "Bo"}, If_Match=tag)
        assert (changed.status_code, people.first) == (200, "Bo"), changed.text
        assert changed.headers["etag"] not in (None, tag)
        again = await send("PATCH", {"first_name": "Cy"}, If_Match=changed.headers["etag"])
        assert (again.status_code, people.first) == (200, "Cy"), again.text


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_change_of_an_older_version_is_refused(tmp_path, way, method) -> None:
    async with opened(tmp_path, way) as (acme, people, send):
        tag = (await send("GET")).headers["etag"]
        people.revision, people.first = 5, "Someone else's"
        acme.arrived.clear()
        answer = await send(method, {"first_name": "Bo"} if method == "PATCH" else None, If_Match=tag)
        assert (answer.status_code, answer.json()["code"]) == (412, "version_conflict"), answer.text
        assert "read it" in answer.json()["detail"]
        assert people.first == "Someone else's"
        if way == "neither" or method == "DELETE":  # compared here: the change itself is not sent
            assert acme.arrived == ["GET /people/7"]


async def test_without_a_version_every_change_is_made_and_a_race_is_a_conflict(tmp_path) -> None:
    async with opened(tmp_path, "body") as (acme, people, send):
        people.revision = 9
        assert (await send("PATCH", {"first_name": "Bo"})).status_code == 200
        assert (await send("PATCH", {"first_name": "Bo"}, If_Match="*")).status_code == 200
        assert acme.bodies[1]["revision"] == 9
        people.is_racing = True
        answer = await send("PATCH", {"first_name": "Cy"})
        assert (answer.status_code, answer.json()["code"], people.first) == (409, "conflict", "Bo"), answer.text


async def test_the_version_is_not_read_before_a_write_that_names_it(tmp_path) -> None:
    async with opened(tmp_path, "body") as (acme, _, send):
        await send("PATCH", {"first_name": "Bo"}, If_Match='"4"')
        assert acme.arrived == ["PATCH /people/7"]


async def test_where_only_another_call_is_made_the_version_is_compared_here(tmp_path) -> None:
    async with opened(tmp_path, "header") as (acme, people, send):
        tag = (await send("GET")).headers["etag"]
        people.revision = 5
        acme.arrived.clear()
        answer = await send("PATCH", {"account_id": "3"}, If_Match=tag)
        assert (answer.status_code, acme.arrived) == (412, ["GET /people/7"])


@pytest.mark.parametrize("tag", ["4", '"4", "5"', 'W/"4"', '""', '"a b"', '"ü"'])
async def test_an_invalid_entity_tag_is_refused_unsent(tmp_path, tag) -> None:
    async with opened(tmp_path, "header") as (acme, _, send):
        answer = await send("PATCH", {"first_name": "Bo"}, If_Match=tag.encode("latin-1"))
        assert (answer.status_code, answer.json()["code"], acme.arrived) == (400, "malformed_request", [])


async def test_a_version_cannot_add_a_header(tmp_path) -> None:
    async with opened(tmp_path, "header") as (acme, _, send):
        answer = await send("PATCH", {"first_name": "Bo"}, If_Match='"4%0D%0AX-Other:1"')
        assert (answer.status_code, acme.arrived) == (400, [])


async def test_if_match_is_refused_where_records_have_no_versions(tmp_path) -> None:
    async with opened(tmp_path, mapping("neither").replace("version: revision", "")) as (acme, _, send):
        assert "etag" not in (await send("GET")).headers
        acme.arrived.clear()
        answer = await send("PATCH", {"first_name": "Bo"}, If_Match='"4"')
        assert (answer.status_code, answer.json()["code"], acme.arrived) == (501, "not_supported", [])
        assert (
            answer.json()["detail"]
            == "Acme does not report versions of crm.contacts: send the update without a version (If-Match)"
        )


async def test_a_create_takes_no_version(tmp_path) -> None:
    async with opened(tmp_path, "body") as (acme, _, send):
        answer = await send("POST", {"first_name": "Bo"}, path="/crm/contacts", If_Match='"4"')
        assert (answer.status_code, acme.arrived) == (422, [])
        made = await send("POST", {"first_name": "Bo"}, path="/crm/contacts")
        assert made.headers["etag"] == '"4"'


async def test_a_batch_names_versions_and_says_them(tmp_path) -> None:
    async with opened(tmp_path, "body") as (_, people, send):
        items = [{"op": "update", "id": "7", "data": {"first_name": "Bo"}, "version": "4"}]
        first = (await send("POST", {"items": items}, path="/crm/contacts/batch")).json()["results"][0]
        assert (first["status"], first["version"], people.first) == (200, "5", "Bo")
        second = (await send("POST", {"items": items}, path="/crm/contacts/batch")).json()["results"][0]
        assert (second["status"], second["error"]["code"]) == (412, "version_conflict")


@each("version", ["", " ", "4 ", '"4"', "a b", "\u00fc", "4\r\nX: 1", "4" * 601, "\u2028"])
@pytest.mark.parametrize("way", WAYS)
async def test_an_invalid_version_is_refused_unsent_in_every_form(tmp_path_factory, way, version) -> None:
    """A header, a batch and a tool: a text that would compare with nothing never lets the change through."""
    async with opened(tmp_path_factory.mktemp("home"), way) as (acme, people, send):
        items = [
            {"op": one, "id": "7", "version": version, **more}
            for one, more in (("update", {"data": {"first_name": "Bo"}}), ("delete", {}))
        ]
        results = (await send("POST", {"items": items}, path="/crm/contacts/batch")).json()["results"]
        assert [(one["status"], one["error"]["code"]) for one in results] == [(422, "validation_failed")] * 2, results
        tag = f'"{version}"'.encode("latin-1") if version.isprintable() and version < "\u0100" else b'"\x7f"'
        assert (await send("PATCH", {"first_name": "Bo"}, If_Match=tag)).status_code == 400
        account = await visible_account(acme.services, acme.principal, acme.account)
        for method, more in (("update", {"first_name": "Bo"}), ("delete", {})):
            tool = define((await acme.call(method)).mapping, method)
            with pytest.raises(ValidationFailed):
                await run_method(acme.services, acme.principal, account, tool, {"id": "7", "version": version, **more})
        assert (acme.arrived, people.first) == ([], "Ada")


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("revision", "revision"),
        ('$lookup(meta, "revision")', "meta.revision"),
        ("meta.deep.number", '$lookup(meta, "deep").number'),
        ("$string(meta.deep)", "meta.deep.number"),
    ],
)
async def test_a_version_made_of_a_hidden_field_is_hidden(tmp_path, title, version) -> None:
    text = mapping("neither").replace('"first_name": first', f'"first_name": first, "title": {title}')
    text = text.replace("version: revision", f"version: {version}")
    scope = {"methods": ["read", "write"], "writes": "direct", "fields": {"hide": ["title"]}}
    async with opened(tmp_path, text, scope) as (acme, _, send):
        assert "etag" not in (await send("GET")).headers
        acme.arrived.clear()
        answer = await send("PATCH", {"first_name": "Bo"}, If_Match='"4"')
        assert (answer.status_code, answer.json()["code"], acme.arrived) == (403, "field_hidden", [])


async def test_an_approved_change_is_of_the_version_that_was_asked_for(tmp_path) -> None:
    """The version is compared when the change is asked for, shown, and made."""
    async with opened(tmp_path, "neither", {"methods": ["read", "write"], "writes": "approve"}) as (acme, people, send):
        early = await send("PATCH", {"first_name": "Bo"}, If_Match='"3"')
        assert (early.status_code, early.json()["code"]) == (412, "version_conflict"), early.text
        asked = await send("PATCH", {"first_name": "Bo"}, If_Match='"4"')
        assert asked.status_code == 202, asked.text
        approval = asked.json()["approval"]
        people.revision = 5
        admin = await add_key(acme.services, acme.principal.tenant_id, role="admin")
        body, signed = {"digest": approval["digest"]}, f"Bearer {admin}"
        made = await send("POST", body, path=f"/approvals/{approval['id']}/approve", Authorization=signed)
        assert (made.status_code, made.json()["code"], people.first) == (412, "version_conflict", "Ada"), made.text


WRONG = [
    ('get: {request: "GET /people/{id}"}\n', "", ":3:1: `version` needs a `get` call in this file"),
    ("version: revision\n", "", "unknown variable $version"),
    ("version: revision", "version: $held", ":3:10: unknown variable $held"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_misuse_is_refused_with_its_place(tmp_path, old, new, message) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"crm.contacts": mapping("body").replace(old, new)})
    assert message in str(caught.value)


def test_a_link_call_does_not_see_the_version(tmp_path) -> None:
    text = mapping("body").replace("{when: account_id, request", "{when: account_id, body: '{\"v\": $version}', request")
    with pytest.raises(CatalogError, match=r"unknown variable \$version"):
        write_catalog(tmp_path, {"crm.contacts": text})


async def test_a_tool_tells_the_version_and_takes_it(tmp_path) -> None:
    async with opened(tmp_path, "body") as (acme, people, _):
        principal, services = acme.principal, acme.services
        account = await visible_account(services, principal, acme.account)
        update, get = [define((await acme.call(one)).mapping, one) for one in ("update", "get")]
        assert "version" in update.input_schema["properties"]
        assert "version" not in update.input_schema["required"]
        read = await run_method(services, principal, account, get, {"id": "7"})
        assert read.structured["version"] == "4"
        given = {"id": "7", "first_name": "Bo", "version": "4"}
        made = await run_method(services, principal, account, update, given)
        assert (made.structured["version"], people.first) == ("5", "Bo")
        with pytest.raises(VersionConflict):
            await run_method(services, principal, account, update, given)
