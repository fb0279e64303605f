"""What functions promise of their results holds for any arguments: the compiler leaves work out because of it."""

import contextlib
import copy
import inspect
import random

import pytest

from unified.transform.compilation.custom_function import custom_function
from unified.transform.compilation.enums import compile_enums, enum_functions
from unified.transform.functions import callables
from unified_jsonata import UNDEFINED
from unified_jsonata.runtime.supplied import NullPasses, promises_of

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
def test_values_that_are_only_read_are_not_part_of_a_result(name) -> None:
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


@pytest.mark.parametrize("name", [name for name in sorted(FUNCTIONS) if promises_of(FUNCTIONS[name]).first_filled])
def test_the_first_filled_argument_is_the_result(name) -> None:
    tried = [(arguments, found) for _, arguments, found in calls(name)]
    filled = [([one for one in arguments if one not in (UNDEFINED, None, "")], found) for arguments, found in tried]
    assert any(values for values, _ in filled)
    assert any(not values for values, _ in filled)
    assert all(found is values[0] if values else found in (None, UNDEFINED) for values, found in filled)


ENUMS = compile_enums({"status": {"open": ("open", "a"), "done": ("work", 1, True)}})
SETTLED = {
    "custom": (FUNCTIONS["custom"], [["!k*", "a"], ["*"], []]),
    "toCommon": (enum_functions(ENUMS, {})["toCommon"], ["status"]),
}


@pytest.mark.parametrize("name", SETTLED)
def test_a_function_for_a_literal_gives_what_the_function_gives(name) -> None:
    function, literals = SETTLED[name]
    chance, answers = random.Random(name), 0
    position, settle = promises_of(function).settled
    for literal in literals:
        of_others = settle(literal)
        for _ in range(ROUNDS):
            others = [value(chance) for _ in range(chance.randint(1, len(inspect.signature(of_others).parameters)))]
            try:
                whole = function(*others[:position], literal, *others[position:])
            except ValueError as refusal:
                with pytest.raises(type(refusal)):
                    of_others(*others)
                continue
            answers += 1
            assert of_others(*others) == whole
    assert answers > ROUNDS // 4


def test_no_function_is_made_for_an_invalid_enum_literal_or_list() -> None:
    _, custom = promises_of(FUNCTIONS["custom"]).settled
    _, to_common = promises_of(enum_functions(ENUMS, {})["toCommon"]).settled
    assert custom(["a", 1]) is None
    assert to_common("unknown") is None
    assert to_common(["status"]) is None
