"""What functions promise of their results holds for any arguments: the compiler leaves work out because of it."""

import contextlib
import copy
import inspect
import random

import pytest

from unified.jsonata import UNDEFINED, NullPasses
from unified.jsonata.runtime.supplied import promises_of
from unified.transform.compile import custom_function
from unified.transform.functions import callables

OWN = {name: one for name, one in callables().items() if not isinstance(one, NullPasses)}
FUNCTIONS = {**OWN, "custom": custom_function(frozenset({"known"}))}
ROUNDS = 300
ATOMS = [None, UNDEFINED, "", "a", "work", "2024-01-31", "2024-01-31T10:00:00Z", "1e3", 0, 1, 12.5, True, False, 1_700_000_000]


def value(chance: random.Random, depth: int = 2):
    kind = chance.random()
    if depth == 0 or kind < 0.4:
        return chance.choice(ATOMS)
    if kind < 0.7:
        return [one for _ in range(chance.randrange(3)) if (one := value(chance, depth - 1)) is not UNDEFINED]
    keys = ["id", "type", "email", "is_primary", "a", "work", "known", "content", "text"]
    pairs = ((key, value(chance, depth - 1)) for key in chance.sample(keys, chance.randrange(4)))
    return {key: one for key, one in pairs if one is not UNDEFINED}


def calls(name):
    """Return arguments and result of random calls that are not refused."""
    function, chance = FUNCTIONS[name], random.Random(name)
    parameters = inspect.signature(function).parameters.values()
    required = sum(one.default is inspect.Parameter.empty for one in parameters)
    for _ in range(ROUNDS):
        arguments = [value(chance) for _ in range(chance.randint(required, len(parameters)))]
        given = copy.deepcopy(arguments)
        with contextlib.suppress(ValueError, TypeError):
            yield given, arguments, function(*arguments)


def holds_only_json(found) -> bool:
    if isinstance(found, dict):
        return all(type(key) is str and holds_only_json(one) for key, one in found.items())
    if isinstance(found, list):
        return type(found) is list and all(holds_only_json(one) for one in found)
    return found is None or type(found) in {str, int, float, bool}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_results_are_plain(name) -> None:
    assert promises_of(FUNCTIONS[name]).plain
    for _, _, found in calls(name):
        assert found is UNDEFINED or holds_only_json(found)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_arguments_are_not_changed(name) -> None:
    for given, arguments, _ in calls(name):
        assert arguments == given


@pytest.mark.parametrize("name", [name for name in sorted(FUNCTIONS) if promises_of(FUNCTIONS[name]).only_read])
def test_what_is_only_read_is_no_part_of_a_result(name) -> None:
    tables = 0
    for _, arguments, found in calls(name):
        held = [arguments[at] for at in promises_of(FUNCTIONS[name]).only_read if at < len(arguments)]
        held = [one for one in held if isinstance(one, dict | list)]
        tables += bool(held)
        assert not any(part is one for one in held for part in parts(found))
    assert tables


def parts(found):
    yield found
    for one in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from parts(one)


@pytest.mark.parametrize("name", [name for name in sorted(FUNCTIONS) if promises_of(FUNCTIONS[name]).keeps_text])
def test_a_text_is_kept(name) -> None:
    texts = [(arguments, found) for _, arguments, found in calls(name) if isinstance(arguments[0], str) and arguments[0]]
    assert texts
    assert all(found is arguments[0] for arguments, found in texts)
