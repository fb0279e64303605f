"""Both clients reach every route for API keys, and make of each answer what its method declares."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clients.generate.operations import Operation, operations
from clients.tests.built import NODE_24, compiled, run
from clients.tests.python_routes import run_steps
from clients.tests.routes import STEPS, UNUSED, Outcome, Step, reached, routes
from unified_client import _sync_api

CLIENTS = ("python", "typescript")


@pytest.fixture(scope="module", params=CLIENTS)
def outcome(request: pytest.FixtureRequest, demo: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    variables = {name: text for name, text in demo.items() if re.fullmatch("[A-Z_]+", name)}
    if request.param == "python":
        return run_steps(STEPS, variables)
    file = tmp_path_factory.mktemp("routes") / "steps.json"
    file.write_bytes(msgspec.json.encode({"steps": STEPS, "variables": variables}))
    printed = run([NODE_24, compiled() / "out/routes.js", file], Path.cwd(), seconds=120)
    return msgspec.json.decode(printed, type=Outcome)


def test_every_route_is_called(outcome: Outcome) -> None:
    assert routes() - reached(outcome.requests) == set(UNUSED)


def test_every_call_ends_as_it_must(outcome: Outcome) -> None:
    ends = [answer if isinstance(answer, str) else "" for answer in outcome.answers]
    assert {one.place: end for one, end in zip(STEPS, ends, strict=True) if end != one.fails} == {}


def test_every_answer_is_what_its_method_declares(outcome: Outcome) -> None:
    """Of the Python client, what it decoded; of the other, what it passes on: nothing is missing, added or of another type."""
    found = {(one.resource, one.name): one for one in operations()}
    for step, answer in zip(STEPS, outcome.answers, strict=True):
        operation = found.get(tuple(step.place.split(".")))  # type: ignore[arg-type]
        if operation is not None and not step.fails:
            _check(step, operation, answer)


def test_answers_show_what_the_calls_did(outcome: Outcome) -> None:
    found = {f"{one.resource}.{one.name}": one for one in operations()}
    shown = [
        (step.place, path, _at(_decoded(found[step.place], answer), path), value)
        for step, answer in zip(STEPS, outcome.answers, strict=True)
        for path, value in (step.shows or {}).items()
    ]
    assert shown
    assert [one for one in shown if one[2] != one[3]] == []


def _check(step: Step, operation: Operation, answer: Any) -> None:
    if operation.returns is None:
        assert answer is None, step.place
    elif operation.returns.struct is not None:
        for one in answer["data"] if operation.is_list else [answer]:
            shown = _decoded(operation, one)
            assert one.keys() <= set(shown.__struct_fields__), step.place
            assert all(getattr(shown, name, None) is not None for name, value in one.items() if value is not None), step.place


def _decoded(operation: Operation, answer: Any) -> Any:
    """Return an answer as the Python client's struct, so that both clients' answers have the values of omitted keys."""
    assert operation.returns is not None
    assert operation.returns.struct is not None
    return msgspec.convert(answer, getattr(_sync_api.management, operation.returns.struct.__name__.removesuffix("View")))


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[int(name)] if name.isdigit() else getattr(value, name)
    return value
