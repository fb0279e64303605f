"""What holds for every form that can be refused: it says why above, and beside the field, and leads from one to the other."""

import importlib
import pkgutil

import pytest
import pytest_asyncio
from markupsafe import Markup

import unified.web
from tests.web.people import beside, notice, signed_in
from tests.world import open_world
from unified.web.outcomes import Refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORMS = {
    "unified.web.keys.new": "/ui/keys/new",
    "unified.web.links.new": "/ui/links/new",
    "unified.web.mcp.limits": "/ui/mcp/{server}/limits",
    "unified.web.mcp.new": "/ui/mcp/new",
    "unified.web.oauth_apps.page": "/ui/oauth-apps/hubspot",
    "unified.web.tenant.page": "/ui/tenant",
    "unified.web.webhooks.form": "/ui/webhooks/new",
}
"""Where the form of each module with `PLACES` is."""
NOTHING = {"name": " ", "span": "1", "client_id": "é", "calls-minute": "many"}
"""Fields that each of the forms refuses."""


def modules():
    """Every module of a form: it says which fields of it the service may refuse."""
    found = (one.name for one in pkgutil.walk_packages(unified.web.__path__, "unified.web."))
    return [name for name in found if hasattr(importlib.import_module(name), "PLACES")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def person(tmp_path_factory):
    home = tmp_path_factory.mktemp("refused")
    async with open_world(home, providers=("hubspot",)) as world, signed_in(world) as found:
        asked = {"name": "s", "account_ids": list(world.accounts.values()), "config": {}}
        found.server = (await world.client.post("/mcp-servers", json=asked)).json()["id"]
        yield found


async def test_every_form_is_known_here():
    assert set(modules()) == set(FORMS)


@pytest.mark.parametrize("module", FORMS)
async def test_every_field_that_may_be_refused_says_so_beside_itself(person, monkeypatch, module):
    places = importlib.import_module(module).PLACES
    for field in sorted({*places.values()}):
        refusal = Refusal(text=Markup("Correct this."), status=422, field=field)
        monkeypatch.setattr(f"{module}.explain_refusal", lambda *_, refusal=refusal: refusal)
        answer = await person.send(FORMS[module].format(server=person.server), **NOTHING)
        assert answer.status_code == 422, field
        assert notice(answer) == "Correct this.", field
        assert beside(answer) == {field: "Correct this."}, field
