"""The way back: what is forged, repeated, late, or came to another browser is refused before the code is exchanged."""

import pytest
import sqlalchemy as sa

from tests.connect.conftest import both_databases
from tests.filled_rows import change
from unified.errors.requests import ConnectFailed
from unified.service.connect import complete_callback, new_browser_secret
from unified.store.engine.tables import ACCOUNTS, CONNECT_LINKS

pytestmark = both_databases


async def test_without_a_state(attempt):
    tried = await attempt()
    code = [one for one in tried.back if one[0] == "code"]
    assert (await tried.refused(code)).reason == "unknown_state"
    assert await tried.status() == ("open", None)


@pytest.mark.parametrize("state", ["x" * 43, "", "x" * 100_000, "é\x00"])
async def test_an_edited_state(attempt, state):
    tried = await attempt()
    problem = await tried.refused(tried.changed(state=state))
    assert problem.reason == "unknown_state"
    assert problem.detail.startswith("This sign-in was finished already, or took longer than ten minutes.")


async def test_a_state_works_once(attempt, world):
    tried = await attempt()
    await complete_callback(world.services, "zendesk", tried.back, tried.browser)
    with pytest.raises(ConnectFailed) as caught:
        await complete_callback(world.services, "zendesk", tried.back, tried.browser)
    assert caught.value.reason == "unknown_state"
    assert len(await world.rows(ACCOUNTS)) == 1


async def test_a_state_is_spent_by_a_refusal_too(attempt):
    tried = await attempt()
    await tried.refused(browser=new_browser_secret())
    assert (await tried.refused()).reason == "unknown_state"


async def test_a_state_ends_after_ten_minutes(attempt, world):
    tried = await attempt()
    world.clock.forward(minutes=10, seconds=1)
    assert (await tried.refused()).reason == "unknown_state"


async def test_a_try_that_began_in_time_ends_after_its_link_expired(world):
    link, browser = await world.link(provider="zendesk", expires_in=60), new_browser_secret()
    back = await world.approve(await world.begun(link, "zendesk", browser))
    world.clock.forward(seconds=90)
    assert (await complete_callback(world.services, "zendesk", back, browser)).account_id


@pytest.mark.parametrize("browser", [None, "", new_browser_secret()], ids=["none", "empty", "another"])
async def test_another_browser(attempt, browser):
    """Someone else consented, or was sent the address of the way back: the account would be the wrong one's."""
    tried = await attempt()
    assert (await tried.refused(browser=browser)).reason == "other_browser"
    assert await tried.status() == ("failed", "other_browser")


async def test_the_state_of_another_try_in_the_same_browser(attempt, world):
    """Each try has its own secrets: the later one replaces the earlier one of a link, and does not open another's."""
    first, second = await attempt(), await attempt()
    assert (await first.refused(browser=second.browser)).reason == "other_browser"
    assert await second.status() == ("open", None)


async def test_a_newer_try_replaces_the_older_one(attempt, world):
    tried = await attempt()
    newer = await world.begun(tried.link, "zendesk", tried.browser)
    assert (await tried.refused()).reason == "unknown_state"
    assert (await complete_callback(world.services, "zendesk", await world.approve(newer), tried.browser)).provider == "zendesk"


async def test_the_answer_of_another_provider(attempt):
    tried = await attempt()
    assert (await tried.refused(provider="jira")).reason == "other_provider"
    assert (await tried.refused(provider="nowhere")).reason == "unknown_state"


async def test_an_attempt_moved_between_links_does_not_open(attempt, world):
    first, second = await attempt(), await attempt("jira")
    async with world.services.database.write() as connection:
        rows = {row.id: row.attempt for row in await connection.execute(sa.select(CONNECT_LINKS))}
        change = sa.update(CONNECT_LINKS).where(CONNECT_LINKS.c.id == first.link.id)
        await connection.execute(change.values(attempt=rows[second.link.id]))
    assert (await first.refused()).reason == "unknown_state"


async def test_after_a_failure_the_link_can_be_tried_again(attempt, world):
    tried = await attempt(decision="deny")
    await tried.refused()
    done = await world.connected("zendesk", tried.link)
    assert await tried.status() == ("completed", None)
    assert done.account_id


async def test_the_verifier_is_the_one_of_the_try(attempt, world):
    """A code that was stolen and put into one's own way back does not work: its challenge is another's."""
    victim, thief = await attempt(), await attempt()
    stolen = thief.changed(code=dict(victim.back)["code"])
    assert (await thief.refused(stolen, exchanged=True)).reason == "code_refused"


@pytest.mark.parametrize("state", ["completed", "disabled", "deleted"])
async def test_what_changed_while_the_person_consented(world, state):
    done = await world.connected("zendesk")
    link, browser = await world.link(account_id=done.account_id), new_browser_secret()
    back = await world.approve(await world.begun(link, "zendesk", browser))
    if state == "completed":
        async with world.services.database.write() as connection:
            await change(connection, CONNECT_LINKS, CONNECT_LINKS.c.id == link.id, status="completed")
    elif state == "disabled":
        await world.api.patch(f"/accounts/{done.account_id}", json={"status": "disabled"})
    else:
        await world.api.delete(f"/accounts/{done.account_id}")
    with pytest.raises(ConnectFailed) as caught:
        await complete_callback(world.services, "zendesk", back, browser)
    assert caught.value.reason == ("unknown_state" if state == "completed" else "account_changed")
    told = ["account.deleted"] if state == "deleted" else []
    assert await world.events() == ["account.connected", *told]
