"""The acceptance and the pages of all providers run too: every goal has a row, and every provider a page."""

import os

import pytest

from benchmarks import peers
from benchmarks.acceptance.__main__ import run
from benchmarks.functions import record_functions
from benchmarks.goals import MAPPED, judged
from benchmarks.jsonata.records import LIMITS, gathered
from benchmarks.plan import TINY
from tests.conformance.subjects import mapping
from tests.world import PROVIDERS
from unified_jsonata import compile
from unified_jsonata_reference.interpreter import Program

pytestmark = pytest.mark.slow


@pytest.mark.takes(seconds=30)  # it starts the service in three forms
def test_the_acceptance_measures_every_goal_of_its_own() -> None:
    for reason in (peers.without_node(), peers.without_nginx()):
        if reason is not None:
            (pytest.fail if os.environ.get("REQUIRE_SERVICES") else pytest.skip)(f"a peer cannot be measured: {reason}")
    found = run(TINY, lambda _: None)
    assert [one.title for one in judged(MAPPED, found) if one.verdict == "not measured"] == []


@pytest.mark.takes(seconds=30)  # it lists every model of every provider once
def test_every_provider_has_a_page_that_both_engines_evaluate() -> None:
    found = gathered()
    assert {one.provider for one in found} == set(PROVIDERS)
    for subject, (source, seen) in found.items():
        functions, (item, names) = record_functions(mapping(subject)), seen[0]
        assert compile(source, functions).evaluate(item, names, LIMITS), subject
        assert Program(source, functions).run(item, names, LIMITS), subject
