"""What an MCP server is made with: refused where nothing would be left, never more than its maker, ending in time."""

from datetime import timedelta

import pytest

from unified.errors.access import EmptyScope, OutsideAccounts, ScopeExceedsParent, Unauthenticated
from unified.errors.requests import NotFound, ValidationFailed
from unified.models import model
from unified.service.access.api_keys import revoke_key
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import write_policies
from unified.settings.settings import Settings
from unified.store import accounts
from unified.store.accounts import AccountChanges


async def test_a_server_reads_and_needs_a_key_when_nothing_else_was_asked_for(world):
    row, token, tools = await world.create(account_ids=["acc_tickets"], config={})
    scope = principal_of_server(Settings(), row).scope
    assert token.startswith("um_")
    assert row.last4 == token[-4:]
    assert (scope.accounts, scope.methods, write_policies((scope,))) == (("acc_tickets",), ("read",), {"deny"})
    assert row.require_api_token_auth
    assert row.expires_at == world.clock.now + timedelta(days=1)
    assert (row.limits, row.made_by) == (None, None)
    assert {"sensitive", "secret"}.isdisjoint(
        {
            field.sensitivity
            for field in model("hris.employees").fields
            if field.name not in hidden_fields((scope,), model("hris.employees"))
        }
    )
    assert {one.method for one in tools} == {"list", "get"}
    assert "list_ticketing_tickets" in [one.name for one in tools]
    assert all({"support", "directory"} & set(one.tags) and one.model.startswith("ticketing.") for one in tools)
    assert [one.name for one in tools] == sorted(one.name for one in tools)


async def test_the_requested_access_becomes_the_scope(world):
    config = {"methods": ["read", "create"], "tags": ["support"], "models": ["ticketing.tickets"], "writes": "approve"}
    config |= {"fields": {"hide": ["ticketing.tickets.priority"]}, "require_api_token_auth": False}
    row, _, tools = await world.create(name=" Support ", account_ids=["acc_tickets", "acc_crm", "acc_tickets"], config=config)
    scope = principal_of_server(Settings(), row).scope
    assert row.name == "Support"
    assert scope.accounts == ("acc_tickets", "acc_crm")
    assert (scope.methods, scope.tags, scope.models) == (("read", "create"), ("support",), ("ticketing.tickets",))
    assert write_policies((scope,)) == {"approve"}
    assert "priority" in hidden_fields((scope,), model("ticketing.tickets"))
    assert not row.require_api_token_auth
    assert "require_api_token_auth" not in row.config
    offered = {"list_ticketing_tickets", "get_ticketing_ticket", "create_ticketing_ticket", "get_approval"}
    assert {one.name for one in tools} == offered


async def test_the_approval_tool_alone_does_not_remain(world):
    with pytest.raises(EmptyScope) as refused:
        await world.create(
            config={"methods": ["create"], "models": ["ticketing.tickets"], "tags": ["hris"], "writes": "approve"}
        )
    assert str(refused.value).endswith("methods create; tags hris; models ticketing.tickets; writes approve")


async def test_an_account_that_is_disabled_offers_nothing(world):
    await accounts.update(world.services.database, "ten_1", "acc_tickets", AccountChanges(status="disabled"))
    with pytest.raises(EmptyScope):
        await world.create()


NO_TOOL = "no tool remains: no reviewed operation of the providers of these accounts meets all of: "


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"tags": ["crm"]}, "methods read; tags crm; writes deny"),
        ({"methods": ["create"]}, "methods create; writes deny"),
        ({"methods": ["write", "custom"]}, "methods write, custom; writes deny"),
        ({"models": ["crm.contacts"], "tags": ["support"]}, "methods read; tags support; models crm.contacts; writes deny"),
        ({"models": ["hris.payroll_runs"]}, "methods read; models hris.payroll_runs; writes deny"),
    ],
)
async def test_filters_that_leave_no_tool_are_refused_and_named(world, config, told):
    with pytest.raises(EmptyScope) as refused:
        await world.create(config=config)
    assert str(refused.value) == NO_TOOL + told
    assert await world.count() == 0


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"account_ids": []}, "account_ids"),
        ({"config": {"methods": []}}, "config.methods"),
        ({"config": {"tags": []}}, "config.tags"),
        ({"config": {"models": []}}, "config.models"),
        ({"config": {"fields": {"classes": []}}}, "config.fields.classes"),
        ({"config": {"resources": {"ticketing.collections": {"ids": []}}}}, "config.resources.ticketing.collections.ids"),
    ],
)
async def test_an_empty_list_allows_nothing_and_is_refused(world, body, place):
    with pytest.raises(EmptyScope) as refused:
        await world.create(**body)
    assert str(refused.value).startswith(f"{place}: an empty list allows nothing")
    assert await world.count() == 0


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"methods": ["raed"]}, "config.methods"),
        ({"methods": ["*"]}, "config.methods"),
        ({"tags": ["suport"]}, "config.tags"),
        ({"models": ["ticketing.ticket"]}, "config.models"),
        ({"fields": {"hide": ["emial"]}}, "config.fields.hide"),
        ({"fields": {"show": ["crm.contacts.emial"]}}, "config.fields.show"),
        ({"resources": {"crm.contacts": {"ids": ["1"]}}}, "config.resources"),
    ],
)
async def test_an_unknown_word_is_refused(world, config, place):
    with pytest.raises(ValidationFailed) as refused:
        await world.create(config=config)
    assert str(refused.value).startswith(f"{place}: unknown word.")
    assert [one.pointer for one in refused.value.errors] == [place]
    assert await world.count() == 0


CONFIG = "Known: methods, tags, models, fields, resources, records, writes, write_rules, require_api_token_auth, reconnect"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"surprise": 1}, "body: /surprise: unknown key. Known: name, account_ids, config, expires_at, limits, window"),
        ({"config": {"method": ["read"]}}, f"body: /config/method: unknown key. Did you mean 'methods'? {CONFIG}"),
        ({"config": {"accounts": ["acc_crm"]}}, f"body: /config/accounts: unknown key. {CONFIG}"),
        (
            {"config": {"fields": {"hid": []}}},
            "body: /config/fields/hid: unknown key. Did you mean 'hide'? Known: hide, show, classes",
        ),
        ({"config": {"writes": "allow"}}, "body: /config/writes: expected one of approve, deny, direct"),
        ({"name": None}, "body: /name: expected `str`, got `null`"),
        ({"account_ids": None}, "body: /account_ids: expected `array`, got `null`"),
        ({"account_ids": [None]}, "body: /account_ids/0: expected `str`, got `null`"),
        ({"config": None}, "body: /config: expected `object`, got `null`"),
        ({"config": {"methods": None}}, "body: /config/methods: expected `array`, got `null`"),
        ({"config": {"tags": None}}, "body: /config/tags: expected `array`, got `null`"),
        ({"config": {"models": None}}, "body: /config/models: expected `array`, got `null`"),
        ({"config": {"fields": None}}, "body: /config/fields: expected `object`, got `null`"),
        ({"config": {"resources": None}}, "body: /config/resources: expected `object`, got `null`"),
        ({"config": {"writes": None}}, "body: /config/writes: expected `str`, got `null`"),
        ({"config": {"require_api_token_auth": None}}, "body: /config/require_api_token_auth: expected `bool`, got `null`"),
        ({"config": {"require_api_token_auth": "false"}}, "body: /config/require_api_token_auth: expected `bool`, got `str`"),
        ({"expires_at": None}, "body: /expires_at: expected `str`, got `null`"),
        ({"name": ""}, "name: expected 1 to 200 printable characters"),
        ({"name": "a\x1b[31m"}, "name: expected 1 to 200 printable characters"),
        ({"account_ids": [f"acc_{one}" for one in range(101)]}, "/account_ids: expected at most 100 accounts, got 101"),
    ],
)
async def test_a_body_is_read_strictly_and_null_is_not_a_value(world, body, told):
    with pytest.raises(ValidationFailed) as refused:
        await world.create(**body)
    assert str(refused.value) == told
    assert await world.count() == 0


ENDS = "/expires_at: expected a time from 60 seconds to 90 days from now; UNIFIED_MCP_MAX_LIFETIME sets the longest"


@pytest.mark.parametrize(
    "ahead",
    [{"days": -1}, {"seconds": 0}, {"seconds": 59}, {"days": 90, "seconds": 1}, {"days": 36_525}],
    ids=["past", "now", "too soon", "too far", "a hundred years"],
)
async def test_an_end_that_is_past_too_soon_or_too_far_is_refused(world, ahead):
    with pytest.raises(ValidationFailed) as refused:
        await world.create(expires_at=world.clock.text(**ahead))
    assert str(refused.value) == ENDS
    assert await world.count() == 0


@pytest.mark.parametrize("text", ["", "tomorrow", "2099-01-01", "2099-01-01T00:00:00", "9999-12-31T23:59:59-23:59"])
async def test_an_end_that_is_not_a_moment_is_refused(world, text):
    with pytest.raises(ValidationFailed) as refused:
        await world.create(expires_at=text)
    assert str(refused.value).startswith("/expires_at: expected a time")


@pytest.mark.parametrize("ahead", [{"seconds": 60}, {"days": 90}])
async def test_the_shortest_and_the_longest_are_taken(world, ahead):
    row, _, _ = await world.create(expires_at=world.clock.text(**ahead))
    assert row.expires_at == world.clock.now + timedelta(**ahead)


class TestOtherLifetimes:
    @pytest.fixture
    def more_settings(self):
        return {"mcp_default_lifetime": 7200, "mcp_max_lifetime": 5400}

    async def test_the_settings_say_how_long(self, world):
        assert (await world.create())[0].expires_at == world.clock.now + timedelta(minutes=90)
        with pytest.raises(ValidationFailed, match="from 60 seconds to 90 minutes from now"):
            await world.create(expires_at=world.clock.text(hours=2))


async def test_a_server_does_not_outlive_the_key_that_makes_it(world):
    maker = await world.maker(expires_at=world.clock.text(hours=1))
    assert (await world.create(maker))[0].expires_at == world.clock.now + timedelta(hours=1)
    assert (await world.create(maker, expires_at=world.clock.text(hours=1)))[0] is not None
    with pytest.raises(ScopeExceedsParent) as refused:
        await world.create(maker, expires_at=world.clock.text(hours=1, seconds=1))
    expected = "expires_at: later than the end of the key that makes it; leave it out to end with the key"
    assert str(refused.value) == expected


async def test_a_key_that_was_revoked_meanwhile_makes_nothing(world):
    maker = await world.maker()
    await revoke_key(world.services, "ten_1", maker.key_id, caller=None)
    with pytest.raises(Unauthenticated):
        await world.create(maker)
    assert await world.count() == 0


@pytest.mark.parametrize("account", ["acc_nobody", "acc_tickets_theirs", "", "../x", "x" * 10_000])
async def test_an_account_that_the_tenant_does_not_have_is_unknown(world, account):
    with pytest.raises(NotFound, match=r"^account_ids: no such account$"):
        await world.create(account_ids=["acc_tickets", account])
    assert await world.count() == 0


@pytest.mark.parametrize("account", ["acc_crm", "acc_nobody", "acc_tickets_theirs"])
async def test_an_account_outside_the_makers_scope_is_refused(world, account):
    maker = await world.maker(scope={"accounts": ["acc_tickets"]})
    with pytest.raises(OutsideAccounts):
        await world.create(maker, account_ids=["acc_tickets", account])
    row, _, _ = await world.create(maker, account_ids=["acc_tickets"])
    assert row.made_by == maker.key_id
    assert row.limits["accounts"] == ["acc_tickets"]


@pytest.mark.parametrize(
    ("scope", "config", "what"),
    [
        ({"methods": ["read"]}, {"methods": ["read", "write"], "writes": "deny"}, "methods"),
        ({"methods": ["list"]}, {"methods": ["read"]}, "methods"),
        ({"tags": ["support"]}, {"tags": ["support", "hris"]}, "tags"),
        ({"models": ["ticketing.tickets"]}, {"models": ["ticketing.comments"]}, "models"),
        ({"methods": ["read", "write"], "writes": "approve"}, {"methods": ["write"], "writes": "direct"}, "writes"),
        (
            {"fields": {"hide": ["ticketing.tickets.description"]}},
            {"fields": {"show": ["ticketing.tickets.description"]}},
            "fields",
        ),
        ({}, {"fields": {"classes": ["none", "personal", "secret"]}}, "fields"),
        ({}, {"fields": {"show": ["hris.employees.date_of_birth"]}}, "fields"),
        (
            {"resources": {"ticketing.collections": {"ids": ["1"]}}},
            {"resources": {"ticketing.collections": {"ids": ["1", "2"]}}},
            "resources",
        ),
    ],
)
async def test_a_server_that_may_do_more_than_its_maker_is_refused(world, scope, config, what):
    maker = await world.maker(scope=scope)
    with pytest.raises(ScopeExceedsParent) as refused:
        await world.create(maker, config=config)
    assert str(refused.value) == f"scope.{what}: more than the key that makes it has"
    assert await world.count() == 0


async def test_what_is_left_out_is_as_the_maker_has_it(world):
    limits = {"models": ["ticketing.tickets"], "tags": ["support"], "fields": {"hide": ["ticketing.tickets.description"]}}
    maker = await world.maker(scope={**limits, "resources": {"ticketing.collections": {"ids": ["7"]}}})
    row, _, tools = await world.create(maker, config={})
    scope = principal_of_server(Settings(), row).scope
    assert (scope.models, scope.tags) == (("ticketing.tickets",), ("support",))
    assert scope.fields.hide == ("ticketing.tickets.description",)
    assert scope.resources["ticketing.collections"].ids == ("7",)
    assert {one.model for one in tools} == {"ticketing.tickets"}
