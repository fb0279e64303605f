"""Programs at the addresses of pages: who asks for JSON gets a problem, and is never led to a page."""

import re

import httpx2
import pytest

from tests.routes import ROUTE_TABLE, WEB_TABLE
from tests.web.test_safety import direct, service  # noqa: F401 - fixtures
from unified.api.requests.preferences import wants_json

JSON = (
    "application/json",
    "application/problem+json",
    "application/json, text/html",
    "text/html;q=0.5, application/json",
    "Application/JSON;q=0.9",
)
PAGE = (None, "*/*", "text/html", "text/html, application/json", "application/json;q=0.1, text/html", "application/json;q=0")
PUBLIC = {"/connect/done", "/embed.js", "/ui/sign-in", "/ui/static/{name:str}"}
"""Nothing there asks who calls."""


def places() -> list[tuple[str, str]]:
    """Every method of every route that has a page, also those that programs share."""
    shared = [one for one in ROUTE_TABLE if one.declared.page is not None]
    return sorted({(method, one.path) for one in (*WEB_TABLE, *shared) for method in one.methods})


@pytest.mark.parametrize(("method", "template"), places())
async def test_clients_that_accept_json_are_answered_in_json(direct, method, template):  # noqa: F811
    address = re.sub(r"\{\w+:\w+\}", "x", template)
    for accept in JSON:
        answer = await direct.client.request(method, address, headers={"Accept": accept})
        assert not 300 <= answer.status_code < 400, accept
        if template in PUBLIC and method == "GET":
            continue
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code >= 400
        session = next((one.access == "session" for one in WEB_TABLE if one.path == template and method in one.methods), True)
        if session:
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("accept", PAGE)
async def test_others_are_led_to_the_sign_in_page_as_ever(direct, accept):  # noqa: F811
    headers = {} if accept is None else {"Accept": accept}
    direct.client.headers.pop("accept", None)
    for address in ("/ui/accounts", "/ui/audit", "/"):
        answer = await direct.client.get(address, headers=headers)
        assert answer.status_code == 303, (address, accept)


@pytest.mark.parametrize("accept", PAGE)
async def test_an_address_of_programs_is_a_page_for_who_names_pages(direct, accept):  # noqa: F811
    """A script that forgot its key must not take the sign-in page for a success; browsers name pages."""
    headers = {} if accept is None else {"Accept": accept}
    direct.client.headers.pop("accept", None)
    names_page = accept is not None and "text/html" in accept
    for address, status in (("/approvals/appr_x", 401), ("/connect/con_x", 401), ("/connect/con_x/status?token=uc_x", 404)):
        answer = await direct.client.get(address, headers=headers)
        kind = answer.headers["content-type"]
        is_page = kind.startswith("text/html") or answer.is_redirect
        is_problem = kind == "application/problem+json" and answer.status_code == status
        assert (is_page, is_problem) == (names_page, not names_page), (address, answer.status_code, kind)


@pytest.mark.parametrize(
    ("accept", "expected"), [*((one, True) for one in JSON), *((one, False) for one in PAGE), ("a;q=x", False)]
)
def test_what_is_wanted(accept, expected):
    from litestar.testing import RequestFactory

    headers = {} if accept is None else {"Accept": accept}
    assert wants_json(RequestFactory().get("/", headers=headers)) is expected


async def test_a_session_still_gets_its_pages(direct):  # noqa: F811
    await direct.session()
    answer = await direct.client.get("/ui/accounts", headers={"Accept": "application/json"})
    assert isinstance(answer, httpx2.Response)
    assert answer.status_code == 200
