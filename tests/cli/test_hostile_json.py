"""JSON that cannot be read, in every place where a command takes it, is one line and no traceback."""

import pytest

from unified.cli.option_values import read_json
from unified.errors.configuration import ConfigurationError

DEEP = "[" * 100_000 + "]" * 100_000
TEXTS = {"nested too deeply": DEEP.encode(), "Invalid UTF-8": b'{"a": "\xff"}', "malformed": b"\xff\xfe{"}
PLACES = {
    "a file": ("map", "shelf", "crm.contacts", "{file}"),
    "a sample": ("try", "shelf", "crm.contacts", "{file}"),
    "a document": ("jsonata", "run", "{expression}", "{file}"),
    "a request's body": ("request", "shelf", "crm.contacts", "create", "--body", "{file}"),
    "a body": ("keys", "add", "--json", "{file}"),
    "a scope": ("keys", "add", "--name", "a", "--scope", DEEP),
    "arguments": ("mcp", "try", "http://127.0.0.1:1/mcp/um_1", "tool", DEEP),
}


@pytest.mark.parametrize(("what", "content"), TEXTS.items(), ids=list(TEXTS))
def test_a_file_that_is_not_json_is_refused_by_its_name(tmp_path, what, content):
    path = tmp_path / "body.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"body\.json: not valid JSON: .*{what}"):
        read_json(str(path))


def _words(folder, what):
    (folder / "all.jsonata").write_text("$")
    for word in PLACES[what]:
        yield word if word == DEEP else word.format(file=folder / "body.json", expression=folder / "all.jsonata")


@pytest.mark.parametrize("what", PLACES)
def test_a_command_says_it_in_one_line(run, folder, tmp_path, what):
    path = tmp_path / "body.json"
    path.write_text(DEEP)
    code, out, err = run(*_words(tmp_path, what))
    assert (code in {1, 2}, out, err.count("\n")) == (True, "", 1), (code, out[-2000:], err[-2000:])
    assert "JSON" in err


@pytest.mark.parametrize("setting", ["OAUTH_APPS", "PROVIDER_VALUES", "PROVIDER_URLS"])
def test_a_setting_too(run, folder, monkeypatch, setting):
    monkeypatch.setenv(f"UNIFIED_{setting}", DEEP)
    code, out, err = run("tenants", "list")
    assert (code, out) == (2, "")
    assert err.startswith(f"unified: UNIFIED_{setting}: expected a JSON object")


@pytest.mark.parametrize("depth", [200, 900, 3000, 20_000])
@pytest.mark.parametrize("what", [one for one in PLACES if one not in {"a scope", "arguments"}])
def test_what_can_be_decoded_leads_to_no_traceback(run, folder, tmp_path, what, depth):
    path = tmp_path / "body.json"
    path.write_text('{"a":' * depth + "1" + "}" * depth)
    code, _, err = run(*_words(tmp_path, what))
    assert code in {0, 1, 2}
    assert "Traceback" not in err
