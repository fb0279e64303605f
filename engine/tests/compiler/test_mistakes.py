"""A mistake of the compiler fails the expression with U0102, is counted and logged without data, and harms nothing else."""

import pytest

from unified_jsonata import JsonataError, compile
from unified_jsonata.compiler.expressions import loops
from unified_jsonata.faults import EVALUATING, faults

SOURCE = "$map(rows, function($r){ $r.n + 1 })"
DATA = {"rows": [{"n": 1}, {"n": 2}], "secret": "hunter2"}
real = loops.loop


def raises(*_, **__):
    raise KeyError("hunter2")


def writes_no_python(gen, *given, **keep):
    gen.line("t0 = (((")
    return real(gen, *given, **keep)


def reads_a_name_of_no_line(gen, *given, **keep):
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
    reads_a_name_of_no_line: "Unbound",
    reads_a_name_too_early: "UnboundLocalError",
    stumbles: "KeyError",
}


@pytest.fixture(params=MISTAKES.items(), ids=[one.__name__ for one in MISTAKES])
def mistake(request, monkeypatch):
    monkeypatch.setattr(loops, "loop", request.param[0])
    return request.param[1]


def test_the_expression_fails_and_the_mistake_is_logged_once(mistake, caplog):
    before = faults().get(mistake, 0)
    expression = compile(SOURCE, lazy=True)
    for _ in range(3):
        with pytest.raises(JsonataError) as caught:
            expression.evaluate(DATA)
        assert caught.value.code == "U0102"
        assert mistake in caught.value.message
        assert "hunter2" not in str(caught.value)
    assert faults()[mistake] == before + 1
    assert [one.getMessage() for one in caplog.records] == [EVALUATING]
    assert f"Fault: {mistake}" in caplog.text
    assert "KeyError: 'hunter2'" not in caplog.text


def test_inside_of_eval_too(mistake, caplog):
    with pytest.raises(JsonataError) as caught:
        compile("$eval(source)").evaluate({**DATA, "source": SOURCE})
    assert caught.value.code in {"U0102", "D3121"}
    assert EVALUATING in [one.getMessage() for one in caplog.records]


def test_other_expressions_have_their_values(mistake):
    with pytest.raises(JsonataError):
        compile(SOURCE).evaluate(DATA)
    assert compile("rows.n").evaluate(DATA) == [1, 2]


def test_errors_of_the_expression_keep_code_and_place():
    with pytest.raises(JsonataError) as caught:
        compile("$map(rows, function($r){\n $r.n + 'a' })").evaluate(DATA)
    assert (caught.value.code, caught.value.line) == ("T2002", 2)


def test_the_fault_of_a_supplied_function_is_not_a_mistake_of_the_compiler(caplog):
    def own(_):
        raise KeyError("hunter2")

    before = faults()
    for source in ("$own(1)", "$eval('$own(1)')", "$map([1], $own)"):
        with pytest.raises(JsonataError) as caught:
            compile(source, {"own": own}).evaluate({})
        assert caught.value.code == "U0101"
    assert faults() == before
    assert caplog.records == []


def test_what_cannot_be_compiled_is_an_error(monkeypatch):
    monkeypatch.setattr("unified_jsonata.compiler.program._write", raises)
    with pytest.raises(JsonataError) as caught:
        compile("1")
    assert str(caught.value) == "U0102: the engine cannot evaluate this expression (it cannot be compiled: KeyError)"
