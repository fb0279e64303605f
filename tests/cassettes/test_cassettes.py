"""Every provider, model and method played back from its cassette: what is sent is matched whole, what comes is compared."""

import json
import socket

import pytest
import pytest_asyncio
import time_machine

from tests.cases import each
from tests.cassettes.connect import CLOCK, connected
from tests.cassettes.steps import perform, providers, steps
from tests.cassettes.tape import TAPE
from tests.world import catalog

STEPS = [step for provider in providers() for step in steps(provider)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services(tmp_path_factory):
    async with connected(tmp_path_factory.mktemp("home"), providers(), live=False) as parts:
        yield parts


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a cassette test tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_playback(step, services):
    parts, principal, accounts = services
    with time_machine.travel(CLOCK, tick=False), TAPE.use_cassette(step.cassette, record_mode="none") as cassette:
        came = await perform(step, parts, principal, accounts[step.provider])
    assert json.loads(json.dumps(came)) == step.gives
    assert cassette.all_played, "the cassette holds calls that are no longer made"


RECORDED = [pair for pair in catalog().mappings() if catalog().provider(pair[0]).tier != "bronze"]
"""A provider of tier bronze promises no cassettes."""


@each("pair", RECORDED, ids="/".join)
def test_every_method_has_a_cassette(pair):
    provider, model = pair
    methods = set(catalog().compiled(provider, model).methods)
    recorded = {step.method for step in STEPS if (step.provider, step.model) == pair and step.gives is not None}
    assert methods - recorded == set(), "record the missing methods: add them to the scenario and run make cassettes"


def test_cassettes_hold_no_secret():
    for file in {step.file for step in STEPS}:
        text = file.read_text(encoding="utf-8").lower()
        assert "authorization" not in text
        assert "set-cookie" not in text
