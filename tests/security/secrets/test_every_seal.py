"""Every sealed column, filled by the product's own acts, is sealed again by rotation: no start needs the old key after it."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

import unified
from tests.connect.conftest import both_databases, kind, running, world  # noqa: F401 - fixtures
from tests.keys import new_key
from unified.app.assembly import assembled
from unified.errors.requests import ConnectFailed
from unified.service.access.api_keys import create_key
from unified.service.access.consent import LinkScope
from unified.service.connect import complete_callback, new_browser_secret
from unified.service.maintenance.key_rotation import count_sealed, count_unmarked, rotate
from unified.service.maintenance.row_guards import RowGuard
from unified.service.runtime.sealing import open_text
from unified.service.webhooks.endpoints import NewWebhook, create_webhook, rotate_secret
from unified.store.engine.engine import open_database
from unified.store.integrity.sealed import SEALED
from unified.vault.key_file import KEY_FILE
from unified.vault.keys import add_master_key
from unified.vault.seal import open_vault

MAY_SEAL = {
    "unified/service/runtime/sealing.py": {"seal", "open"},
    "unified/service/maintenance/key_rotation.py": {"reseal"},
    "unified/service/maintenance/row_adoption.py": {"open"},
    "unified/service/connect/resource_selection.py": {"seal", "open"},
}
"""What calls the vault: the one place for stored text, rotation by the same context, the upgrade from another one, and a cookie."""
APP = {"client_id": "demo-client", "client_secret": "demo-secret"}


async def _everything_sealed(world):  # noqa: F811
    """One text in each sealed column, by acts of the product; answers the consent page of the try that is abandoned."""
    services, tenant = world.services, world.tenant
    assert (await world.api.put("/oauth-apps/zendesk", json=APP)).status_code == 200
    writes = LinkScope(methods=("read", "write"))
    done = await world.connected("zendesk", await world.link(provider="zendesk", scope=writes))
    browser = new_browser_secret()
    consent = await world.begun(await world.link(provider="zendesk"), "zendesk", browser)
    await world.begun(await world.link(provider="zendesk"), "zendesk", new_browser_secret())  # and nobody ever comes back
    scope = {"methods": ["read", "write"], "writes": "approve"}
    _, asker = await create_key(services, tenant, new_key(name="a", role="app", scope=scope), maker=None)
    asked = await world.api.post(
        "/ticketing/tickets",
        params={"account_id": done.account_id},
        json={"name": "x", "description": "y"},
        headers={"Authorization": f"Bearer {asker}"},
    )
    assert asked.status_code == 202, asked.text
    hook, _ = await create_webhook(services, tenant, NewWebhook(url="https://hooks.test/x", events=["account.connected"]))
    await rotate_secret(services, tenant, hook.id)
    async with services.database.write() as connection:  # of the fixture, and sealed with nothing
        await connection.execute(sa.text("DELETE FROM webhooks WHERE secret = 'sealed'"))
    return consent, browser


async def _texts(database):
    found = {}
    async with database.read() as connection:
        for column in SEALED:
            bound = [column.table.c[name] for name in column.bound]
            query = sa.select(column.tenant, column.table.c[column.id], column.text, *bound).where(column.text.is_not(None))
            found[column] = (await connection.execute(query)).all()
    return found


@both_databases
async def test_everything_sealed_is_sealed_again_and_the_old_key_can_be_removed(world):  # noqa: F811
    settings = world.services.settings
    consent, browser = await _everything_sealed(world)
    before = await _texts(world.services.database)
    assert all(before.values()), "there is a text in each column"
    add_master_key(settings)
    done = await rotate(world.services.database, world.services.vault, lambda _column, _count: None)
    assert (done.resealed, done.unreadable) == (sum(map(len, before.values())), 0)
    assert done.marked > 6  # those with a sealed text that the mark covers were marked with it
    assert {one.state for one in await count_sealed(world.services.database, world.services.vault)} == {"current"}

    back = await world.approve(consent)
    assert (await complete_callback(world.services, "zendesk", back, browser)).account_id, "the try goes on over the rotation"

    file = settings.home / KEY_FILE
    file.write_text(file.read_text().splitlines()[0] + "\n")
    vault = open_vault(settings)
    assert len(vault.kids) == 1
    alone = await open_database(settings.database_url, guard=RowGuard(vault))
    for column, texts in (await _texts(alone)).items():
        for tenant, row_id, text, *bound in texts:
            assert open_text(vault, column, tenant, row_id, text, **dict(zip(column.bound, bound, strict=True)))
    assert await count_unmarked(alone) == {}
    await alone.close()
    async with assembled(settings) as services:
        assert services.digest("uk_x") == world.services.digest("uk_x")


async def test_an_attempt_opens_for_its_own_state_only(world):  # noqa: F811
    """The text is sealed for its link; the state stands in it, so that another try's answer does not open this one."""
    first, second = new_browser_secret(), new_browser_secret()
    link, other = await world.link(provider="zendesk"), await world.link(provider="zendesk")
    back = await world.approve(await world.begun(link, "zendesk", first))
    await world.begun(other, "zendesk", second)
    table = sa.table("connect_links", sa.column("id"), sa.column("attempt"))
    async with world.services.database.write() as connection:
        texts = {one.id: one.attempt for one in await connection.execute(sa.select(table.c.id, table.c.attempt))}
        await connection.execute(sa.update(table).where(table.c.id == link.id).values(attempt=texts[other.id]))
    with pytest.raises(ConnectFailed) as refused:
        await complete_callback(world.services, "zendesk", back, first)
    assert refused.value.reason == "unknown_state"


def _calls(tree):
    """Calls of `….vault.seal(…)`, `vault.open(…)` and `….vault.reseal(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"seal", "open", "reseal"}:
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name.strip("_") == "vault":
                yield node.func.attr


def test_nothing_else_seals_or_opens_stored_text():
    root = Path(unified.__file__).parent
    found = {}
    for path in sorted(root.rglob("*.py")):
        if path.is_relative_to(root / "vault"):
            continue
        names = set(_calls(ast.parse(path.read_text())))
        if names:
            found[str(path.relative_to(root.parent))] = names
    assert found == MAY_SEAL
    assert set(_calls(ast.parse("self._vault.seal(b'')\nservices.vault.open('')"))) == {"seal", "open"}


@pytest.mark.slow
def test_the_service_opens_every_database_with_a_guard():
    root = Path(unified.__file__).parent
    opened = 0
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if path.name == "losses.py":
                continue  # looks for sealed text before there is a key, and decides nothing by a row
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"open_database", "migrate"}:
                assert "guard" in {one.arg for one in node.keywords}, path
                opened += 1
    assert opened == 3
