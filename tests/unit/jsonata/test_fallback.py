"""Where the compiler makes a mistake the expression still has its value, by the bare form; within the same bounds, and told."""

import time

import pytest

from tests.security.jsonata.test_containment import HOSTILE
from unified.jsonata import JsonataError, Limits, compile, faults
from unified.jsonata.compiler import loops
from unified.jsonata.compiler.program import Form

pytestmark = pytest.mark.slow

SOURCE = "$map(rows, function($r){ $r.n + 1 })"
DATA = {"rows": [{"n": 1}, {"n": 2}], "secret": "hunter2"}
real = loops.loop


def raises(*_, **__):
    raise KeyError("hunter2")


def writes_no_python(gen, *given, **keep):
    gen.line("t0 = (((")
    return real(gen, *given, **keep)


def reads_a_name_of_nobody(gen, *given, **keep):
    gen.line("t0 = t999")
    return real(gen, *given, **keep)


def reads_a_name_too_early(gen, *given, **keep):
    name = gen.name()
    gen.line(f"{gen.name()} = {name}")
    gen.line(f"{name} = 1")
    return real(gen, *given, **keep)


def stumbles(gen, *given, **keep):
    gen.line("{}['hunter2']")
    return real(gen, *given, **keep)


MISTAKES = {
    raises: "KeyError",
    writes_no_python: "SyntaxError",
    reads_a_name_of_nobody: "Unbound",
    reads_a_name_too_early: "UnboundLocalError",
    stumbles: "KeyError",
}


@pytest.fixture(params=MISTAKES.items(), ids=[one.__name__ for one in MISTAKES])
def mistake(request, monkeypatch):
    monkeypatch.setattr(loops, "loop", request.param[0])
    return request.param[1]


def test_the_value_is_there_and_the_fault_is_told(mistake, caplog):
    before = faults().get(mistake, 0)
    expression = compile(SOURCE)
    assert [expression.evaluate(DATA) for _ in range(3)] == [[2, 3]] * 3
    assert expression.fault == mistake
    assert faults()[mistake] == before + 1
    assert [one.getMessage() for one in caplog.records] == [
        "an expression runs in its bare form: the compiler made a mistake in the usual one"
    ]
    assert f"Fault: {mistake}" in caplog.text
    assert "KeyError: 'hunter2'" not in caplog.text


def test_an_expression_inside_of_eval_falls_back_by_itself(mistake):
    expression = compile("$eval(source)")
    assert expression.evaluate({**DATA, "source": SOURCE}) == [2, 3]
    assert expression.fault is None


def test_it_stays_with_the_bare_form_when_variables_hide_functions(mistake):
    expression = compile(SOURCE)
    assert expression.evaluate(DATA, {"string": 1}) == [2, 3]
    assert expression.evaluate(DATA) == [2, 3]
    assert expression.fault == mistake


def test_errors_of_the_expression_keep_code_and_place(mistake):
    with pytest.raises(JsonataError) as caught:
        compile("$map(rows, function($r){\n $r.n + 'a' })").evaluate(DATA)
    assert (caught.value.code, caught.value.line) == ("T2002", 2)


def test_a_function_given_from_outside_is_called_twice_at_most(monkeypatch):
    monkeypatch.setattr(loops, "loop", stumbles)
    calls = []
    expression = compile("[$own(1), $map(rows, function($r){ $r.n })]", {"own": lambda value: calls.append(value) or value})
    assert expression.evaluate(DATA) == [1, 1, 2]
    assert len(calls) == 2
    expression.evaluate(DATA)
    assert len(calls) == 3


def test_the_fault_of_a_function_given_from_outside_is_no_mistake_of_the_compiler():
    def own(_):
        raise KeyError("hunter2")

    for source in ("$own(1)", "$eval('$own(1)')", "$map([1], $own)"):
        expression = compile(source, {"own": own})
        with pytest.raises(JsonataError) as caught:
            expression.evaluate({})
        assert caught.value.code == "U0101"
        assert expression.fault is None


def test_what_both_forms_fail_at_is_an_error(monkeypatch):
    monkeypatch.setattr("unified.jsonata.compiler.program._write", raises)
    with pytest.raises(JsonataError) as caught:
        compile("1")
    assert str(caught.value) == "U0102: the engine cannot evaluate this expression (it cannot be compiled: KeyError)"


def test_the_second_try_has_what_the_first_has_left(monkeypatch):
    """All the work is done when the mistake strikes: the bare form may not do it again on a budget of its own."""
    monkeypatch.setattr(loops, "loop", stumbles)
    source = "($n := $count($distinct([1..20000])); $map(rows, function($r){ $r.n }))"
    enough = Limits(steps=next(steps for steps in range(20_000, 400_000, 10_000) if suffice(source, steps)) + 2_000)
    expression = compile(source)
    with pytest.raises(JsonataError) as caught:
        expression.evaluate(DATA, limits=enough)
    assert caught.value.code == "U1001"
    assert expression.evaluate(DATA, limits=enough) == [1, 2]


def suffice(source, steps):
    """Whether so many steps are enough for the bare form alone."""
    expression = compile(source, lazy=True)
    expression._runner._form = Form.BARE
    try:
        return expression.evaluate(DATA, limits=Limits(steps=steps)) == [1, 2]
    except JsonataError:
        return False


@pytest.mark.parametrize("source", HOSTILE)
def test_the_bounds_are_those_of_the_usual_form(source):
    limits, codes = Limits(timeout=0.3), []
    for form in (Form.USUAL, Form.BARE):
        expression = compile(source, lazy=True)
        expression._runner._form = form
        begun = time.thread_time()
        try:
            expression.evaluate({}, limits=limits)
            codes.append("a value")
        except JsonataError as error:
            codes.append(error.code)
        assert time.thread_time() - begun < 1.5
    assert codes[0] == codes[1] or set(codes) <= {"U1001", "U1002", "U1003", "U1004"}


def test_the_usual_form_is_used_for_every_expression_of_the_catalog_and_no_fault_is_met():
    expression = compile(SOURCE)
    assert expression.evaluate(DATA) == [2, 3]
    assert expression.fault is None
