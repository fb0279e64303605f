"""The law of one effect per intent: whatever is killed at any moment of a write, repeating it duplicates and loses nothing.

`make soak` kills ten thousand times, and prints how many doubts were resolved.
"""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from tests.mcp.endpoint.conftest import BASE, ERAS
from tests.sizes import FULL_SIZE
from unified.service.records.writing.write_duration import lost_after
from unified.store import idempotency
from unified.transport.http1.failures import ReadError

SEED, ROUNDS = 20261130, 10_000 if FULL_SIZE else 60
KILLED = ("nothing", "client", "worker", "provider before", "provider after")
CREATE, UPDATE, DELETE, COMMENT = (
    "create_crm_contact",
    "update_crm_contact",
    "delete_crm_contact",
    "create_ticketing_comment",
)
VERBS = {CREATE: "POST", UPDATE: "PATCH", DELETE: "DELETE", COMMENT: "PUT"}
MOST_CALLS = 8


@pytest.fixture
def more_settings():
    free = dict.fromkeys(("rate_limit_key", "rate_limit_account", "rate_limit_tenant"), "1000000/second")
    return {"public_url": BASE, "stop_loops": False, **free}


class Failing:
    """A network that counts the writes that a provider did, and fails before or after one."""

    def __init__(self, network, chance):
        self.network, self.chance = network, chance
        self.verb, self.fails, self.is_dead, self.done = "", "", False, 0

    async def send(self, request, **more):
        await asyncio.sleep(self.chance.random() * 0.002)
        is_write = (
            request.method == self.verb and "/search" not in request.url.whole() and "batch/read" not in request.url.whole()
        )
        if self.is_dead:
            raise asyncio.CancelledError
        if is_write and self.fails == "provider before":
            self.fails = ""
            raise ReadError("gone")
        answer = await self.network.send(request, **more)
        if is_write:
            self.done += answer.status < 300
            if self.fails == "provider after":
                self.fails = ""
                raise ReadError("gone")
        await asyncio.sleep(self.chance.random() * 0.002)
        return answer

    async def close(self):
        await self.network.close()


class Worker:
    """The worker, which can be killed: from then on it neither sends nor notes anything, until another takes its place."""

    def __init__(self, place, failing, monkeypatch):
        self.place, self.failing, self.passed = place, failing, timedelta()
        clock = place.services.database.clock
        place.services.database.clock = lambda: clock() + self.passed
        for name in ("finish", "forget"):
            monkeypatch.setattr(idempotency, name, self._if_alive(getattr(idempotency, name)))

    def _if_alive(self, note):
        async def noted(*place, **outcome):
            return None if self.failing.is_dead else await note(*place, **outcome)

        return noted

    async def kill(self, call):
        self.failing.is_dead = True
        call.cancel()
        await asyncio.wait({call})
        left = tuple(self.place.services.outcomes._left)
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self.failing.is_dead = False


async def attempt(agent, worker, name, arguments, killed, chance):
    """Call a tool while something is killed; return the result, or None if no answer arrived."""
    call = asyncio.create_task(agent.call(name, arguments, era=chance.choice(ERAS)))
    if killed in {"client", "worker"}:
        await asyncio.sleep(chance.random() * 0.03)
        if killed == "worker":
            await worker.kill(call)
        else:
            call.cancel()
            await asyncio.wait({call})
        return None if call.cancelled() else call.result()
    return await call


async def repeated(agent, worker, name, arguments, chance):
    """Repeat a call as a client does; return the last result, and whether it was told."""
    for _ in range(MOST_CALLS):
        result = await agent.call(name, arguments, era=chance.choice(ERAS))
        error = result["structuredContent"].get("error")
        if error is None or error["code"] in {"outcome_unknown", "gone"}:
            break
        if error["code"] == "idempotency_in_progress":
            worker.passed += lost_after(worker.place.services) + timedelta(seconds=1)
        else:
            assert error["retryable"] or error["code"] in {"not_found", "provider_error", "provider_unreachable"}, error
    return error


async def test_no_write_is_duplicated_or_lost_whatever_is_killed(place, monkeypatch, record_property):
    chance = random.Random(SEED)
    failing = Failing(place.services.client.network, chance)
    monkeypatch.setattr(place.services.client, "network", failing)
    worker = Worker(place, failing, monkeypatch)
    agent = await place.agent(methods=["read", "write"], writes="direct")
    desk = await place.agent("zendesk", name="desk", methods=["read", "write"], writes="direct")
    listed = await desk.call("list_ticketing_tickets", {"limit": 1})
    ticket = listed["structuredContent"]["data"][0]["id"]
    counts, broken = Counter(), []
    for number in range(ROUNDS):
        name, killed = chance.choice(tuple(VERBS)), chance.choice(KILLED)
        by, failing.verb = (desk if name == COMMENT else agent), VERBS[name]
        key = {"emails": [{"email": f"kill{number}@new.example"}]} if chance.random() < 0.7 else {}
        arguments = {"last_name": f"Killed{number}", **key}
        if name in {UPDATE, DELETE}:
            failing.verb = ""
            held = (await agent.call(CREATE, {"last_name": f"Held{number}"}))["structuredContent"]["data"]["id"]
            arguments = {"id": held, **({"first_name": f"New{number}"} if name == UPDATE else {})}
        if name == COMMENT:
            arguments = {"ticket_id": ticket, "body": f"Killed {number}", "is_private": False}
        failing.verb, failing.done = VERBS[name], 0
        failing.fails = killed if killed.startswith("provider") else ""
        first = await attempt(by, worker, name, arguments, killed, chance)
        said_done = first is not None and not first["isError"]
        failing.fails = ""
        error = await repeated(by, worker, name, arguments, chance)
        is_unknown = error is not None and error["code"] == "outcome_unknown"
        if failing.done > 1 or ((said_done or error is None) and failing.done != 1) or (said_done and is_unknown):
            broken.append((number, name, killed, failing.done, said_done, error))
        counts["doubts"] += not said_done
        counts["resolved"] += not said_done and not is_unknown
        counts["done in doubt"] += not said_done and failing.done
        counts["found done"] += not said_done and failing.done and not is_unknown
        counts[killed] += 1
    assert not broken, broken
    share = counts["resolved"] / counts["doubts"]
    record_property("share_of_doubts_resolved", share)
    print(
        f"{ROUNDS} writes, {counts['doubts']} without an answer that said done, {share:.1%} of these resolved; {dict(counts)}"
    )
    assert share > 0.3
