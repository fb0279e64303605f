"""The forms of keys and MCP servers offer what the signed-in key may give, and nothing else."""

import re

import pytest
import pytest_asyncio

from tests.web.people import signed_in, token_of
from tests.world import open_world
from unified.service.access.scope.scopes import PERMISSIONS
from unified.web.html.messages import MESSAGES
from unified.web.keys.new import ACCESS, KINDS, MORE_CLASSES
from unified.web.mcp.new import WAYS

pytestmark = pytest.mark.asyncio(loop_scope="module")
SCOPES = (
    {"methods": ["read", "write", "custom"], "writes": "direct", "manage": [*PERMISSIONS]},
    {"methods": ["read"], "manage": ["keys", "servers", "approvals"]},
    {"methods": ["read", "write"], "writes": "approve", "manage": ["keys", "servers", "approvals", "tenant"]},
    {"methods": ["read", "write"], "writes": "direct", "tags": ["crm"], "fields": {"classes": ["none"]}},
    {"methods": ["read", "custom"], "writes": "direct", "fields": {"classes": ["none", "personal", "secret"]}},
)
KEY_CHOICES = {
    **{f"role={one}": {"role": one} for one in KINDS},
    **{f"access={one}": {"access": one} for one in ACCESS},
    **{f"class.{one}": {f"class.{one}": "1"} for one in MORE_CLASSES},
    **{f"manage.{one}": {f"manage.{one}": "1", "role": "admin"} for one in PERMISSIONS},
}
SERVER_CHOICES = {
    **{f"way={one}": {"way": one} for one in WAYS},
    **{f"tag.{one}": {f"tag.{one}": "1"} for one in ("crm", "hris", "support")},
}


def offered(form):
    """The boxes and the radio buttons of a form."""
    boxes = re.findall(r'type="checkbox" name="(.*?)"', form)
    return {*boxes, *("=".join(one) for one in re.findall(r'type="radio" name="(.*?)" value="(.*?)"', form))}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("within")
    async with open_world(home, providers=("hubspot",), public_url="https://unified.example") as found:
        yield found


async def made_with(person, path, choices, usual):
    """The choices with which the form makes something, each alone."""
    form = (await person.get(path)).text
    made = set()
    for name, fields in choices.items():
        sent = {"csrf": token_of(form), **usual, **fields}
        answer = await person.client.post(path, data=sent, headers=person.headers)
        made |= {name} if answer.status_code == 200 else set()
    return made, offered(form)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
async def test_a_key_is_made_with_whatever_is_offered(world, scope):
    async with signed_in(world, await world.key(role="admin", scope={"manage": ["keys"], **scope})) as person:
        usual = {"name": "n", "role": "app", "access": "read", "days": ""}
        made, shown = await made_with(person, "/ui/keys/new", KEY_CHOICES, usual)
    assert made == shown & KEY_CHOICES.keys()
    assert {one for one in shown if not one.startswith("account.")} <= KEY_CHOICES.keys()


@pytest.mark.parametrize("scope", SCOPES, ids=str)
async def test_a_server_is_made_with_whatever_is_offered(world, scope):
    async with signed_in(world, await world.key(role="admin", scope={"manage": ["servers"], **scope})) as person:
        usual = {"name": "n", "way": "read", "span": "3600", f"account.{world.accounts['hubspot']}": "1"}
        made, shown = await made_with(person, "/ui/mcp/new", SERVER_CHOICES, usual)
    assert {one for one in made if "=" in one} == {one for one in shown if one.startswith("way=")}
    assert made <= shown, "tags of other products make no server for this account"


async def test_a_key_that_is_too_limited_is_told_so(world):
    scope = {"methods": ["list"], "manage": ["keys", "servers"]}
    async with signed_in(world, await world.key(role="admin", scope=scope)) as person:
        for path, words in (("/ui/keys/new", "keys.nothing"), ("/ui/mcp/new", "mcp.nothing")):
            text = (await person.get(path)).text
            assert MESSAGES[words] in text
            assert f'action="{path}"' not in text
