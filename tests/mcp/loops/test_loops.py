"""Agents in a loop are stopped, and those that work never are: scripted sessions, call by call."""

import json
from pathlib import Path

import msgspec
import pytest
import yaml

from tests.cases import each
from tests.mcp.endpoint.conftest import Agent
from tests.security.world import open_world
from tests.waiting import until
from tests.world import lend_server
from unified.service.tools.loops import FIRST_WAIT, LONGEST_WAIT, Watch, described
from unified.service.webhooks.endpoints import NewWebhook, create_webhook

HERE = Path(__file__).parent
START = 1_796_040_000.0
MOST_CALLS = 210
"""A loop is stopped before this many calls of it were sent."""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scripted session, as the files have it."""

    name: str
    calls: tuple[dict, ...]
    times: int
    every: float
    fails: bool = False
    succeeds_every: int = 0
    fails_every: int = 0

    def made(self):
        """Each call with its time and whether it fails."""
        number = 0
        for turn in range(self.times):
            for one in self.calls:
                number += 1
                failed = self.fails and not (self.succeeds_every and number % self.succeeds_every == 0)
                failed = failed or bool(self.fails_every and number % self.fails_every == 0)
                arguments = json.loads(json.dumps(one["arguments"]).replace("{n}", str(turn)))
                yield one["tool"], arguments, START + number * self.every, failed


def _sessions(name):
    return msgspec.convert(yaml.safe_load((HERE / name).read_text(encoding="utf-8")), tuple[Session, ...])


RUNAWAY, BENIGN = _sessions("runaway.yaml"), _sessions("benign.yaml")


def _sent_until_stopped(session):
    watch = Watch()
    for sent, (tool, arguments, at, failed) in enumerate(session.made()):
        call = described(tool, arguments, at)
        found = watch.begin(call)
        if found is not None:
            return sent, found
        call.failed = failed
    return None


def test_there_are_fifty_loops_and_twenty_sessions_that_work():
    assert len({one.name for one in RUNAWAY}) == len(RUNAWAY) >= 50
    assert len({one.name for one in BENIGN}) == len(BENIGN) >= 20


@each("session", RUNAWAY, ids=lambda one: one.name)
def test_a_loop_is_stopped_and_named(session):
    stopped = _sent_until_stopped(session)
    assert stopped is not None
    sent, found = stopped
    assert sent <= MOST_CALLS
    assert set(found.tools) <= {one["tool"] for one in session.calls}


@each("session", BENIGN, ids=lambda one: one.name)
def test_an_agent_that_works_is_not_stopped(session):
    assert _sent_until_stopped(session) is None


def test_a_stop_doubles_while_the_agent_goes_on_and_is_forgotten_afterwards():
    watch, now, waits = Watch(), START, []
    for _ in range(7):
        while watch.begin(described("list_crm_contacts", {}, now)) is None:
            now += 1
        waits.append(watch.seconds_left(now))
        now += waits[-1]
    assert waits == [min(FIRST_WAIT * 2**one, LONGEST_WAIT) for one in range(7)]
    now += 3600
    while watch.begin(described("list_crm_contacts", {}, now)) is None:
        now += 1
    assert watch.seconds_left(now) == FIRST_WAIT


@pytest.mark.parametrize("arguments", [None, "text", [1], {"limit": 10**40}, {"a": {"b": [1.5, None]}}])
def test_arguments_of_any_kind_are_kept(arguments):
    assert described("list_crm_contacts", arguments, START).digest == described("list_crm_contacts", arguments, START).digest


async def test_the_agent_reads_what_repeats_and_when_it_can_go_on(tmp_path):
    async with open_world("sqlite", tmp_path, public_url="http://unified") as world:
        hook = NewWebhook(url="https://hooks.example.com/x", events=("loop.stopped",))
        await create_webhook(world.services, world.ours.id, hook)
        async with lend_server(world.services) as server:
            agent = Agent(app=server, token=world.ours.token, key=world.ours.keys["app"])
            other = Agent(app=server, token=world.theirs.token, key=world.theirs.keys["app"])
            call = {"name": "list_crm_contacts", "arguments": {"limit": 1}}
            results = [(await agent.rpc("tools/call", call)).json()["result"] for _ in range(12)]
            assert (await other.rpc("tools/call", call)).json()["result"].get("isError", False) is False
        assert [one.get("isError", False) for one in results] == [False] * 9 + [True] * 3
        error = results[9]["structuredContent"]["error"]
        assert (error["code"], error["retry_after"]) == ("loop_stopped", FIRST_WAIT)
        assert "the same few again and again (list_crm_contacts)" in error["detail"]
        assert "This call was not made" in error["detail"]
        assert "is stopped; nothing was done; try again in" in results[10]["structuredContent"]["error"]["detail"]
        await until(lambda: world.services.audit.waiting == 0)
        rows = await world.dump(world.ours)
        sent = [json.loads(row["payload"])["data"] for row in rows["deliveries"] if row["event"] == "loop.stopped"]
        assert [(one["kind"], one["tools"], one["count"]) for one in sent] == [("repeating", ["list_crm_contacts"], 10)]
        refused = [row for row in rows["audit"] if row["reason"] == "loop_stopped"]
        assert {(row["decision"], row["tool"]) for row in refused} == {("denied", "list_crm_contacts")}
