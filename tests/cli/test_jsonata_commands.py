"""`unified jsonata`: expressions by themselves, and those of a mapping file."""

import pytest

from unified_jsonata import UNDEFINED, Expression


def test_the_value_of_an_expression(run, tmp_path):
    file, document = tmp_path / "x.jsonata", tmp_path / "d.json"
    file.write_text("{'n': $count(items), 'id': $string(id)}")
    document.write_text('{"id": "é", "items": [1, 2]}')
    code, out, _ = run("jsonata", "run", str(file), str(document))
    assert (code, out) == (0, '{\n  "n": 2,\n  "id": "é"\n}\n')


def test_nothing_is_printed_for_what_is_not_there(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text("missing")
    assert run("jsonata", "run", str(file))[:2] == (0, "")


def test_an_error_shows_the_line_and_a_caret(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text("{\n  'a': $lowercse(name)\n}")
    code, out, error = run("jsonata", "run", str(file))
    assert (code, out) == (1, "")
    lines = error.splitlines()
    assert lines[0] == "T1006 at 2:8: this is not a function ($lowercse is not known; did you mean $lowercase?)"
    assert lines[1:] == ["2 |   'a': $lowercse(name)", "           ^"]


def test_a_syntax_error_too(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text("a[0")
    code, _, error = run("jsonata", "compile", str(file))
    assert code == 1
    assert error.splitlines() == ['S0203 at 1:4: expected "]" before the end of the expression', "1 | a[0", "       ^"]


def test_an_array_literal_of_which_nothing_is_selected(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text("[[1][1]]")
    assert run("jsonata", "run", str(file)) == (0, "[]\n", "")


@pytest.mark.parametrize("value", [[UNDEFINED], {"a": object()}, {1j: 1}], ids=["undefined", "object", "key"])
def test_a_value_that_is_not_json_is_reported_without_a_traceback(run, tmp_path, monkeypatch, value):
    monkeypatch.setattr(Expression, "evaluate", lambda *_: value)
    file = tmp_path / "x.jsonata"
    file.write_text("1")
    code, out, error = run("jsonata", "run", str(file))
    assert (code, out) == (1, "")
    assert error == (
        "The value cannot be written as JSON (TypeError): expected objects, arrays, strings, numbers, booleans and null "
        "only. This is a bug of the engine. Please report the expression.\n"
    )


def test_half_of_a_surrogate_pair_is_said(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text(r'["\ud800"]')
    code, out, error = run("jsonata", "run", str(file))
    assert (code, out) == (1, "")
    assert error.startswith(
        r"The value cannot be written as JSON: a string contains half of a surrogate pair (\uD800 to \uDFFF)"
    )


@pytest.mark.parametrize("command", ["run", "compile"])
def test_a_source_that_cannot_be_read_is_said(run, tmp_path, command):
    file = tmp_path / "x.jsonata"
    file.write_bytes(b'"\xff"')
    code, _, error = run("jsonata", command, str(file))
    assert (code, error) == (2, f"unified: {file}: expected text in UTF-8; byte 1 is not. Save it as UTF-8.\n")
    code, _, error = run("jsonata", command, str(tmp_path))
    assert (code, error) == (2, f"unified: {tmp_path}: cannot be read: Is a directory\n")


def test_the_python_of_an_expression(run, tmp_path):
    file = tmp_path / "x.jsonata"
    file.write_text("a.b")
    code, out, _ = run("jsonata", "compile", str(file))
    assert code == 0
    assert out.startswith("def main(root, bound, B):\n    t1 = ")


def test_a_mistake_of_the_compiler_is_an_error(run, tmp_path, monkeypatch):
    def mistaken(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr("unified_jsonata.compiler.expressions.loops.loop", mistaken)
    file = tmp_path / "x.jsonata"
    file.write_text("$map(a, function($x){ $x })")
    code, out, error = run("jsonata", "compile", str(file))
    assert (code, out) == (1, "")
    assert error == "U0102: the engine cannot evaluate this expression (it cannot be compiled: KeyError)\n"


def test_every_expression_of_a_mapping_file(run, folder):
    code, out, _ = run("jsonata", "compile", str(folder.path / "mappings/shelf/crm.contacts.yaml"))
    assert code == 0
    headings = [line for line in out.splitlines() if line.startswith("# ")]
    assert headings[0] == "# record"
    assert len(headings) == out.count("def main(root, bound, B):")


def test_a_misspelt_field_is_said(run, folder, tmp_path):
    folder.edit("mappings/shelf/crm.contacts.yaml", 'first_name": first,', 'first_name": frist,')
    sample = tmp_path / "s.json"
    sample.write_text('{"id": 7, "first": "Ada"}')
    code, out, _ = run("try", "shelf", "crm.contacts", str(sample))
    assert code == 0
    assert "`frist` is read, but is not in the sample; did you mean `first`?" in out
