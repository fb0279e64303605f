"""The addresses of pages: what a page does not know of a query is ignored, and the last of repeated parameters counts."""

import re

import pytest

from tests.routes import ROUTE_TABLE
from tests.web.test_safety import direct, service  # noqa: F401 - fixtures
from unified.web.html.messages import MESSAGES

PAGES = sorted(
    one.path for one in ROUTE_TABLE if one.access == "session" or one.declared.page is not None or one.path == "/connect/done"
)
READ = {
    "/ui/accounts",
    "/ui/approvals",
    "/ui/audit",
    "/ui/coverage",
    "/ui/keys",
    "/ui/mcp",
    "/ui/sign-in",
    "/connect/done",
    "/connect/x",
}
"""Pages that read their query; what cannot be read is refused there."""


def same(answer):
    """What must not change: status, target and page, without what differs between two requests."""
    changing = r'name="csrf" value="[^"]*"|req_\w+|<time.*?</time>|<tr>.*?</tr>'
    return answer.status_code, answer.headers.get("location"), re.sub(changing, "", answer.text, flags=re.DOTALL)


@pytest.mark.parametrize("template", dict.fromkeys(PAGES))
async def test_a_page_ignores_what_it_does_not_know_of_a_query(direct, template):  # noqa: F811
    await direct.session()
    address = re.sub(r"\{\w+:\w+\}", "x", template)
    plain = await direct.client.get(address)
    added = await direct.client.get(f"{address}?utm_source=mail&utm_source=web&limit=x&%E2%82%AC")
    assert same(added) == same(plain)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("/ui/keys?notice=x&notice=revoked", MESSAGES["keys.notice.revoked"]),
        ("/ui/mcp?notice=x&notice=revoked", MESSAGES["mcp.notice.revoked"]),
        ("/ui/coverage?category=crm&category=hris", 'href="/ui/coverage/bamboohr/hris.employees"'),
        ("/ui/sign-in?after=x&after=left", MESSAGES["sign_in.left"]),
        ("/ui/sign-in?next=/ui/keys&next=/ui/mcp", 'value="/ui/mcp"'),
        ("/ui/accounts?notice=x&notice=deleted", MESSAGES["notice.deleted"]),
        ("/ui/audit?decision=allowed&decision=denied", '<option value="denied" selected'),
        ("/connect/done?provider=x&provider=hubspot", "HubSpot"),
    ],
)
async def test_the_last_of_repeated_parameters_counts(direct, query, shown):  # noqa: F811
    await direct.session()
    answer = await direct.client.get(query)
    assert answer.status_code == 200
    assert shown in answer.text
    first = await direct.client.get(query.rpartition("&")[0])
    assert shown not in first.text


@pytest.mark.parametrize("address", sorted(READ))
@pytest.mark.parametrize("query", ["a=%FF", "%FF", "&".join(f"a{number}=1" for number in range(201))])
async def test_a_query_that_cannot_be_read_is_refused_where_it_is_read(direct, address, query):  # noqa: F811
    await direct.session()
    answer = await direct.client.get(f"{address}?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "malformed_request" in answer.text
