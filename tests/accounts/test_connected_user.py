"""The user as whom an account is connected: reported by the provider's check, kept sealed, and never taken for another one."""

import msgspec
import pytest

from tests.world import PROVIDERS, catalog, open_client
from unified.catalog.provider import Check
from unified.errors.providers import ConnectionUnauthorized
from unified.models import MODELS
from unified.service.accounts import checking
from unified.service.accounts.accounts import get_account
from unified.service.accounts.checking import check_account
from unified.service.accounts.credentials import USER, open_credentials, open_user
from unified.store import accounts
from unified.store.accounts import AccountChanges
from unified.transport.connected_user import connected_user

TELLING = tuple(name for name in PROVIDERS if catalog().provider(name).check.user is not None)
USERS = {one.category: one for one in MODELS.values() if one.is_of_users}


async def row_of(world, provider):
    return await get_account(world.services, world.tenant, world.accounts[provider])


async def checked(world, provider):
    result = await check_account(world.services, world.tenant, world.accounts[provider])
    assert result.ok, result.detail
    return await row_of(world, provider)


async def listed(client, account, model):
    found, cursor = [], {}
    while cursor is not None and len(found) < 600:
        query = {"account_id": account, "limit": 200, **cursor}
        page = (await client.get(f"/{model.category}/{model.plural}", params=query)).json()
        if "data" not in page:  # such as comments, which are listed below one ticket
            return found
        found += page["data"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


def named_users(records, model):
    """The ids of users in records of a model."""
    fields = [one for one in model.fields if one.reference in {user.id for user in USERS.values()}]
    values = [record.get(field.name) for record in records for field in fields]
    return {one for value in values for one in (value if isinstance(value, list) else [value]) if one}


def models_of(provider):
    category = next(one.model.category for one in catalog().offered(provider) if one.model.is_of_users)
    return USERS[category], [one.model for one in catalog().offered(provider) if "list" in one.methods]


def test_some_providers_tell_their_user():
    assert TELLING


@pytest.mark.parametrize("provider", TELLING)
async def test_the_user_is_one_that_records_name(world, provider):
    """The id has the form of the ids in references, so that conditions on it find what they should."""
    user = open_user(world.services, await checked(world, provider))
    account, (users, models) = world.accounts[provider], models_of(provider)
    known = {one["id"] for one in await listed(world.client, account, users)}
    assert user in known
    named = set()
    for model in models:
        if not model.path_parameters and model.id != users.id:
            named |= named_users(await listed(world.client, account, model), model)
    assert named & known, named
    key = await world.key(scope={"methods": ["read"], "records": {users.id: {"id": "$me"}}})
    async with open_client(world.server, key, raises=False) as client:
        assert {one["id"] for one in await listed(client, account, users)} == {user}


@pytest.mark.parametrize("provider", TELLING[:1])
async def test_a_check_keeps_the_user_sealed_and_changes_nothing_else(world, provider):
    before = await row_of(world, provider)
    plain = open_credentials(world.services, before)
    assert open_user(world.services, before) is None
    after = await checked(world, provider)
    user = open_user(world.services, after)
    assert user
    assert open_credentials(world.services, after) == plain
    changed = {name for name in after.__struct_fields__ if getattr(after, name) != getattr(before, name)}
    assert changed == {"credentials", "version", "updated_at"}
    shown = await world.client.get(f"/accounts/{after.id}")
    assert user not in shown.text.replace(after.id, "")
    assert (await checked(world, provider)).version == after.version


@pytest.mark.parametrize("provider", TELLING[:1])
async def test_no_one_enters_a_user(world, provider):
    plain = open_credentials(world.services, await row_of(world, provider))
    path = f"/accounts/{world.accounts[provider]}"
    for body in ({"credentials": {**plain, USER: "7"}}, {"credentials": {**plain, "user": "7"}}):
        answer = await world.client.patch(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    assert open_user(world.services, await row_of(world, provider)) is None


@pytest.mark.parametrize("provider", TELLING[:1])
async def test_other_credentials_are_of_no_known_user_until_they_are_checked(world, provider):
    row = await checked(world, provider)
    plain = open_credentials(world.services, row)
    answer = await world.client.patch(f"/accounts/{row.id}", json={"credentials": plain})
    assert answer.status_code == 200, answer.text
    assert open_user(world.services, await row_of(world, provider)) is None


@pytest.mark.parametrize("provider", TELLING[:1])
async def test_a_check_that_ends_after_a_new_connection_does_not_give_it_the_former_user(world, provider, monkeypatch):
    """The provider was asked with the former credentials."""
    row = await row_of(world, provider)
    plain = open_credentials(world.services, row)

    def meanwhile(*_):
        return "the former user"

    real = checking.get_account

    async def connected_again(services, tenant, account):
        monkeypatch.setattr(checking, "get_account", reread)
        return await real(services, tenant, account)

    async def reread(services, tenant, account):
        monkeypatch.setattr(checking, "get_account", real)
        answer = await world.client.patch(f"/accounts/{account}", json={"credentials": plain})
        assert answer.status_code == 200, answer.text
        return await real(services, tenant, account)

    monkeypatch.setattr(checking, "connected_user", meanwhile)
    monkeypatch.setattr(checking, "get_account", connected_again)
    assert (await check_account(world.services, world.tenant, row.id)).ok
    assert open_user(world.services, await row_of(world, provider)) is None


@pytest.mark.parametrize("provider", TELLING[:1])
async def test_an_account_whose_credentials_do_not_open_has_no_known_user(world, provider):
    row = await checked(world, provider)
    changes = AccountChanges(resealed="v1.moved.from.elsewhere")
    await accounts.update(world.services.database, world.tenant, row.id, changes)
    with pytest.raises(ConnectionUnauthorized):
        open_user(world.services, await row_of(world, provider))
    key = await world.key(scope={"records": {models_of(provider)[0].id: {"id": "$me"}}})
    async with open_client(world.server, key, raises=False) as client:
        users = models_of(provider)[0]
        answer = await client.get(f"/{users.category}/{users.plural}", params={"account_id": row.id})
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources"), answer.text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"id": "ab-7"}, "ab-7"),
        ({"id": 12345678901234567890}, "12345678901234567890"),
        ({"id": None}, None),
        ({"id": True}, None),
        ({"id": ""}, None),
        ({"id": " 7"}, None),
        ({"id": "1,2"}, None),
        ({"id": "*"}, None),
        ({"id": "7\n"}, None),
        ({"id": ["7", "8"]}, None),
        ({"id": "7" * 201}, None),
        ({}, None),
        (None, None),
    ],
)
def test_only_one_id_is_taken_from_an_answer(answer, expected):
    one = catalog().provider(TELLING[0])
    reporting = msgspec.structs.replace(one, check=Check(request="GET /me", user="id"))
    assert connected_user(reporting, answer) == expected
    silent = msgspec.structs.replace(one, check=Check(request="GET /me"))
    assert connected_user(silent, answer) is None
