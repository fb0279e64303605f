"""The pages that manage Unified itself: what a form does, what it shows once, and why it was refused."""

import re
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.timing import processor_time
from tests.web.furnished import a_png
from tests.web.people import beside, notice, shown_secret, signed_in
from tests.world import open_world
from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.errors.error import FieldProblem
from unified.errors.requests import MalformedRequest, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.access.principals import authenticate
from unified.web.html.forms import read_parts
from unified.web.html.messages import MESSAGES
from unified.web.outcomes import explain_refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "https://hooks.example.com/events"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("management")
    async with open_world(home, providers=("hubspot",), public_url="https://unified.example") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def person(world):
    async with signed_in(world) as found:
        yield found


async def listed(world, path):
    return (await world.client.get(path)).json()["data"]


# API keys


async def test_a_key_is_created_within_a_scope_and_shown_once(world, person):
    account = world.accounts["hubspot"]
    fields = {"name": "Sync", "role": "app", "access": "approve", "days": "30", f"account.{account}": "1"}
    answer = await person.send("/ui/keys/new", **fields, **{"manage.connect": "1", "class.sensitive": "1"})
    key = shown_secret(answer)
    caller = await authenticate(world.services, f"Bearer {key}")
    (row,) = [one for one in await listed(world, "/api-keys") if one["id"] == caller.key_id]
    assert (row["name"], row["role"], row["scope"]["accounts"]) == ("Sync", "app", [account])
    assert (row["scope"]["writes"], row["scope"]["manage"]) == ("approve", ["connect"])
    assert row["scope"]["fields"]["classes"] == ["none", "personal", "sensitive"]
    assert row["expires_at"] is not None
    assert key not in (await person.get("/ui/keys")).text


async def test_an_approver_reaches_every_method_to_decide_about_it(world, person):
    answer = await person.send("/ui/keys/new", name="Desk", role="approver", access="read", days="")
    caller = await authenticate(world.services, f"Bearer {shown_secret(answer)}")
    assert caller.scope.methods == ("read", "write", "custom")
    assert (caller.scope.writes, caller.scope.manage) == ("deny", ("approvals",))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": " "}, "problem.name"),
        ({"role": "app", "manage.tenant": "1"}, "problem.manage"),
        ({"role": "root"}, "refused.other"),
        ({"days": "3"}, "refused.other"),
        ({"account.acc_nobody": "1"}, "problem.accounts"),
    ],
)
async def test_a_key_that_cannot_be_is_explained_and_the_form_keeps_what_was_entered(person, fields, problem):
    answer = await person.send("/ui/keys/new", **{"name": "Kept", "role": "admin", "access": "read", "days": "7", **fields})
    assert answer.status_code == 422
    assert notice(answer) == MESSAGES[problem]
    assert 'value="Kept"' in answer.text or "name" in fields


async def test_no_key_is_created_beyond_that_of_the_person(world):
    narrow = await world.key(role="admin", scope={"methods": ["read"], "manage": ["keys", "connect"]})
    async with signed_in(world, narrow) as person:
        form = await person.get("/ui/keys/new")
        assert "manage.tenant" not in form.text
        answer = await person.send("/ui/keys/new", name="n", role="app", access="direct", days="")
        assert (answer.status_code, notice(answer)) == (403, MESSAGES["refused.scope"])


# Webhooks


async def test_a_webhook_is_created_tested_paused_and_deleted(world, person):
    secret = shown_secret(await person.send("/ui/webhooks/new", url=URL, **{"event.account.needs_reauth": "1"}))
    assert secret.startswith("whsec_")
    (row,) = await listed(world, "/webhooks")
    assert (row["url"], row["events"]) == (URL, ["account.needs_reauth"])
    page = f"/ui/webhooks/{row['id']}"
    for action, words in (("test", "sent"), ("pause", "paused"), ("resume", "resumed")):
        answer = await person.send(page, f"{page}/{action}")
        assert notice(await person.get(answer.headers["location"])) == MESSAGES[f"webhooks.notice.{words}"]
    shown = (await person.get(page)).text
    assert secret not in shown
    assert "Test event" in shown
    assert shown_secret(await person.send(f"{page}/rotate")) != secret
    answer = await person.send(f"{page}/delete")
    assert notice(await person.get(answer.headers["location"])) == MESSAGES["webhooks.notice.deleted"]
    assert await listed(world, "/webhooks") == []


async def test_a_webhook_is_edited_and_its_secret_is_not_shown(world, person):
    secret = shown_secret(await person.send("/ui/webhooks/new", url=URL, **{"event.account.needs_reauth": "1"}))
    (row,) = await listed(world, "/webhooks")
    page = f"/ui/webhooks/{row['id']}"
    form = (await person.get(f"{page}/edit")).text
    assert f'value="{URL}"' in form
    assert re.findall(r'name="event\.(.*?)" value="1" checked', form) == ["account.needs_reauth"]
    new = {"url": f"{URL}/new", "event.account.deleted": "1"}
    wrong = await person.send(f"{page}/edit", **{**new, "url": "http://hooks.example.com"})
    assert (wrong.status_code, beside(wrong)) == (422, {"url": MESSAGES["problem.url"]})
    assert 'name="event.account.deleted" value="1" checked' in wrong.text
    answer = await person.send(f"{page}/edit", **new)
    shown = await person.get(answer.headers["location"])
    assert notice(shown) == MESSAGES["webhooks.notice.saved"]
    (changed,) = await listed(world, "/webhooks")
    assert (changed["url"], changed["events"]) == (f"{URL}/new", ["account.deleted"])
    assert {name for name in row if row[name] != changed[name]} - {"updated_at"} == {"url", "events"}
    assert not [one for one in (form, wrong.text, answer.text, shown.text) if secret in one]
    await person.send(f"{page}/delete")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"url": "http://hooks.example.com"}, "problem.url"),
        ({"url": "https://10.0.0.1/"}, "problem.url"),
        ({"url": URL}, "problem.events"),
        ({"url": URL, "event.nothing.happened": "1"}, "problem.events"),
    ],
)
async def test_a_webhook_that_cannot_be_is_explained(person, fields, problem):
    events = {} if problem == "problem.events" else {"event.account.deleted": "1"}
    answer = await person.send("/ui/webhooks/new", **events, **fields)
    assert (answer.status_code, notice(answer)) == (422, MESSAGES[problem])
    assert problem.removeprefix("problem.") in beside(answer)


# OAuth apps


async def test_an_app_is_set_and_deleted_and_its_secret_is_never_shown(world, person):
    app = {"client_id": "an-id-of-an-app", "client_secret": "the-secret-of-an-app", "scopes": "read write"}
    chosen = await person.get("/ui/oauth-apps/set?provider=hubspot")
    assert chosen.headers["location"] == "/ui/oauth-apps/hubspot"
    answer = await person.send("/ui/oauth-apps/hubspot", **app)
    assert notice(await person.get(answer.headers["location"])) == MESSAGES["apps.notice.saved"]
    (row,) = await listed(world, "/oauth-apps")
    assert (row["provider"], row["scopes"]) == ("hubspot", ["read", "write"])
    for page in ("/ui/oauth-apps", "/ui/oauth-apps/hubspot"):
        assert app["client_secret"] not in (await person.get(page)).text
    wrong = await person.send("/ui/oauth-apps/hubspot", **{**app, "client_id": "é"})
    assert (wrong.status_code, notice(wrong)) == (422, MESSAGES["problem.client_id"])
    assert app["client_secret"] not in wrong.text
    answer = await person.send("/ui/oauth-apps/hubspot/delete")
    assert notice(await person.get(answer.headers["location"])) == MESSAGES["apps.notice.deleted"]
    assert await listed(world, "/oauth-apps") == []


@pytest.mark.parametrize("place", ["//evil.example", "/evil.example", "evil.example", "hubspot/../..", "%2F%2Fevil"])
async def test_the_choice_of_a_product_leads_nowhere_else(person, place):
    answer = await person.get(f"/ui/oauth-apps/set?provider={place}")
    assert answer.headers["location"] == "/ui/oauth-apps"


@pytest.mark.parametrize("name", ["ä", "ὐ", "数"])
async def test_a_product_in_any_script_is_only_unknown(person, name):
    answer = await person.get(f"/ui/oauth-apps/set?provider={quote(name)}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/oauth-apps/{quote(name)}")
    assert (await person.get(answer.headers["location"])).status_code == 404


async def test_a_product_without_oauth_has_no_form(person):
    assert (await person.get("/ui/oauth-apps/bamboohr_none")).status_code == 404


# The tenant


async def test_the_tenant_is_changed(world, person):
    origins = "https://app.example.com\r\nhttps://www.example.com"
    answer = await person.send("/ui/tenant", name="Fernweh Travel", return_origins=origins)
    page = await person.get(answer.headers["location"])
    assert notice(page) == MESSAGES["tenant.notice.saved"]
    assert "<span>Fernweh Travel</span>" in page.text.replace("<bdi>", "").replace("</bdi>", "")
    tenant = (await world.client.get("/tenant")).json()
    assert tenant["return_origins"] == ["https://app.example.com", "https://www.example.com"]
    wrong = await person.send("/ui/tenant", name="Fernweh Travel", return_origins="app.example.com")
    assert (wrong.status_code, notice(wrong)) == (422, MESSAGES["problem.return_origins"])


async def test_what_the_connect_page_shows_is_changed_and_previewed(world, person):
    fields = {"name": "Fernweh", "accent": "#1D5C96", "background": "#f4f5f7", "frame_ancestors": "https://app.example.com"}
    await person.send("/ui/tenant", **fields)
    tenant = (await world.client.get("/tenant")).json()
    assert tenant["colors"] == {"accent": "#1d5c96", "background": "#f4f5f7"}
    assert tenant["frame_ancestors"] == ["https://app.example.com"]
    style = await person.get("/ui/tenant/colors.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "--accent: #1d5c96;\n" in style.text
    assert "--on-accent: #ffffff;\n" in style.text
    for wrong, field in (
        ({"accent": "red"}, "accent"),
        ({"accent": "#f4f5f7"}, "accent"),
        ({"background": "#777777"}, "background"),
    ):
        answer = await person.send("/ui/tenant", **{**fields, **wrong})
        assert (answer.status_code, notice(answer)) == (422, MESSAGES[f"problem.{field}"]), wrong
    await person.send("/ui/tenant", name="Fernweh")
    assert (await world.client.get("/tenant")).json()["colors"] is None
    assert (await person.get("/ui/tenant/colors.css")).text == ""


async def upload(person, content, **fields):
    """Send the form of the logo as a browser does."""
    page = (await person.get("/ui/tenant")).text
    token = re.search(r'name="csrf" value="(.*?)"', page)[1]
    files = {"file": ("logo.png", content, "image/png")}
    return await person.client.post("/ui/tenant/logo", data={"csrf": token, **fields}, files=files, headers=person.headers)


async def test_a_logo_is_set_shown_and_deleted(world, person):
    assert (await person.get("/ui/tenant/logo")).status_code == 404
    answer = await upload(person, a_png())
    assert notice(await person.get(answer.headers["location"])) == MESSAGES["tenant.notice.logo"]
    shown = await person.get("/ui/tenant/logo")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content == (await world.client.get("/tenant/logo")).content
    assert 'src="/ui/tenant/logo"' in (await person.get("/ui/tenant")).text
    answer = await person.send("/ui/tenant", "/ui/tenant/logo/delete")
    assert notice(await person.get(answer.headers["location"])) == MESSAGES["tenant.notice.no_logo"]
    assert (await world.client.get("/tenant/logo")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", a_png(8), a_png()[:60], b"x" * 300_000])
async def test_a_file_that_is_not_a_logo_is_explained(person, content):
    answer = await upload(person, content)
    assert (answer.status_code, notice(answer)) == (422, MESSAGES["problem.logo"])
    assert beside(answer) == {"file": MESSAGES["problem.logo"]}


async def test_a_forged_or_broken_upload_is_refused(person):
    png = a_png()
    assert (await upload(person, png, csrf="x")).status_code == 403
    plain = await person.client.post("/ui/tenant/logo", data={"csrf": "x"}, headers=person.headers)
    assert plain.status_code == 415
    elsewhere = {**person.headers, "Sec-Fetch-Site": "cross-site"}
    files = {"file": ("logo.png", png, "image/png")}
    assert (await person.client.post("/ui/tenant/logo", files=files, headers=elsewhere)).status_code == 403
    for kind, body in (("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"--c\r\n\r\nx\r\n--c--")):
        answer = await person.client.post("/ui/tenant/logo", content=body, headers={**person.headers, "Content-Type": kind})
        assert answer.status_code == 400, kind


# What a form says


async def test_a_refusal_is_explained_by_its_field_and_else_by_its_kind():
    errors = (FieldProblem(pointer="/events/0", code="unknown", message="m"),)
    assert explain_refusal(ValidationFailed("m", errors=errors), {"events": "box"}).field == "box"
    assert explain_refusal(ValidationFailed("m", errors=errors), {}).field is None
    for problem, key in (
        (ValidationFailed.at("/nothing", "m"), "refused.other"),
        (EmptyScope("m"), "refused.empty"),
        (ScopeExceedsParent("m"), "refused.scope"),
        (Conflict("m"), "refused.conflict"),
        (ValidationFailed("m"), "refused.other"),
    ):
        assert str(explain_refusal(problem, {}).text) == MESSAGES[key]


# A form with a file


def body_of(*parts, boundary="b", end="--b--\r\n"):
    """A body of these parts, each a pair of headers and content."""
    return "".join(f"--{boundary}\r\n{headers}\r\n\r\n{content}\r\n" for headers, content in parts).encode() + end.encode()


NAMED = 'Content-Disposition: form-data; name="{}"'
KIND = "multipart/form-data; boundary=b"


async def test_a_form_with_a_file_is_read_as_browsers_write_it():
    file = f'{NAMED.format("file")}; filename="logo.png"\r\nContent-Type: image/png'
    read = read_parts(KIND, body_of((NAMED.format("csrf"), "token"), (file, "\r\nPNG\r\n\r\n")))
    assert read == {"csrf": b"token", "file": b"\r\nPNG\r\n\r\n"}
    assert read_parts('multipart/form-data; boundary="b"', body_of((NAMED.format("é"), "x"))) == {"é": b"x"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", body_of((NAMED.format("a"), "x"))),
        ("multipart/form-data; boundary=", b"--"),
        (KIND, b""),
        (KIND, b"--b--\r\n"),
        (KIND, b"x" + body_of((NAMED.format("a"), "x"))),
        (KIND, body_of((NAMED.format("a"), "x"), end="")),
        (KIND, body_of(("Content-Type: text/plain", "x"))),
        (KIND, body_of((NAMED.format("a"), "x"), (NAMED.format("a"), "y"))),
        (KIND, body_of(*((NAMED.format(number), "x") for number in range(6)))),
        (KIND, b"--b\r\n" * 200_000),
        (KIND, b"--b\r\n\r\n\r\n--b--\r\n"),
        (KIND, b"--b\r\nContent-Disposition: \xff\xfe\x00\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=\udc80", b"x"),
        ("multipart/form-data; boundary=" + "(" * 60_000, b"x"),
        ("multipart/form-data; boundary=b; boundary=c", body_of((NAMED.format("a"), "x"))),
        (KIND, body_of((NAMED.format('"' * 400_000), "x"))),
        (KIND, body_of(("Content-Disposition: form-data; name=" + "(" * 400_000, "x"))),
        (KIND, body_of((NAMED.format("a") + ";a=" * 200_000, "x"))),
        (KIND, body_of((f"{NAMED.format('a')}\r\n{NAMED.format('b')}", "x"))),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(kind, body):
    with processor_time() as spent, pytest.raises(MalformedRequest, match="expected a form of at most 5 parts, each once"):
        read_parts(kind, body)
    assert spent.seconds < 1, "a form must not keep the service busy"
