"""An installation that lost its database or its master keys does not begin again as if it were new: it says so, and creates nothing."""

import contextlib
import itertools

import pytest

from tests.databases import WITH_SLOW_POSTGRESQL, fresh_url
from unified.app.assembly import assembled
from unified.app.preparation import prepare
from unified.errors.configuration import ConfigurationError
from unified.service.maintenance.row_adoption import GUARDED_FILE
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.key_file import KEY_FILE
from unified.vault.keys import load_key_ring

FILES = (KEY_FILE, GUARDED_FILE)
PARTS = ("database", *FILES)
LOSSES = [lost for size in range(len(PARTS) + 1) for lost in itertools.combinations(PARTS, size)]
REFUSED = {
    ("database",): "this database is empty",
    (KEY_FILE,): "There are no master keys",
    ("database", KEY_FILE): "There are no master keys",
    (KEY_FILE, GUARDED_FILE): "There are no master keys",
}
"""What is left in the other cases is a whole installation, or says of none."""


async def _start(settings):
    await prepare(settings)


async def _repair(settings):
    async with assembled(settings, check_keys=False):
        pass


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def urls(request, tmp_path):
    """A database that is used, and an empty one in its place."""
    async with fresh_url(request.param, tmp_path) as used, fresh_url(request.param, tmp_path / "other") as empty:
        yield used, empty


@pytest.mark.parametrize("opened", [_start, _repair])
@pytest.mark.parametrize("lost", LOSSES, ids="-".join)
async def test_a_lost_database_or_key_is_refused_before_anything_is_created(urls, tmp_path, lost, opened):
    home = tmp_path / "home"
    used, empty = urls
    settings = Settings(home=home, database_url=used)
    async with assembled(settings) as services:
        await tenants.add(services.database, "ten_1", name="Acme")
    gone, left = [one for one in FILES if one in lost], [one for one in FILES if one not in lost]
    for name in gone:
        (home / name).rename(tmp_path / name)
    before = {name: (home / name).read_bytes() for name in left}
    settings = Settings(home=home, database_url=empty if "database" in lost else used)
    expected = REFUSED.get(lost)
    with pytest.raises(ConfigurationError, match=expected) if expected else contextlib.nullcontext():
        await opened(settings)
    if expected:
        assert {name: (home / name).read_bytes() for name in FILES if (home / name).exists()} == before
    for name in gone:
        (tmp_path / name).replace(home / name)
    assert await prepare(Settings(home=home, database_url=used)), "put back, it is the installation that it was"


def test_keys_that_are_lost_for_good_are_made_again_when_it_is_meant(run, home):
    run("tenants", "add", "Acme")
    old = (home / KEY_FILE).read_text().partition(":")[0]
    (home / KEY_FILE).unlink()
    code, out, err = run("tenants", "list")
    assert (code, out, (home / KEY_FILE).exists()) == (2, "", False)
    assert err.startswith(
        f"unified: There are no master keys: UNIFIED_MASTER_KEYS is not set, {home / KEY_FILE} does not exist, and "
        f"{home / GUARDED_FILE} says that its database is in use. No new key was created."
    )
    assert run("keys", "new-master")[0] == 0
    assert f"need the master key {old}. Add it, or run: unified keys give-up KEY\n" in run("keys", "rotate", "--check")[1]
    assert run("keys", "give-up", old, "--yes")[0] == 0
    assert run("tenants", "list")[0] == 0


def test_an_empty_database_is_begun_when_it_is_meant(run, home):
    run("tenants", "add", "Acme")
    for file in home.glob("unified.sqlite*"):
        file.unlink()
    code, _, err = run("tenants", "list")
    assert (code, err.partition(", and ")[0]) == (2, "unified: UNIFIED_DATABASE_URL: this database is empty")
    (home / GUARDED_FILE).unlink()
    assert run("tenants", "list") == (0, "No tenants yet. Create one: unified tenants add NAME\n", "")


def test_the_first_key_of_a_new_installation_is_made(tmp_path):
    assert load_key_ring(Settings(home=tmp_path)).current in (tmp_path / KEY_FILE).read_text()
