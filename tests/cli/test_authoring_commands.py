import json
import re

import pytest

P, M, T = "providers/shelf.yaml", "mappings/shelf/crm.contacts.yaml", "mappings/shelf/crm.contacts.test.yaml"
SAMPLE = '{"id": 7, "first": "Ada", "mail": "a@x.org", "shoe": 39}'


def test_lint_says_nothing_of_a_catalog_without_fault(run, folder):
    assert run("lint") == (0, "", "0 errors, 0 warnings\n")


def test_lint_lists_and_exits_with_1(run, folder):
    folder.edit(M, "updated_after}", "updated_since}")
    code, out, err = run("lint", str(folder.path))
    assert code == 1
    assert out.splitlines()[1].startswith(
        f"{M}:11:17: M010 the common query has no `updated_since`. Did you mean 'updated_after'?"
    )
    assert err.endswith(" warnings\n")


def test_lint_as_json(run, folder):
    folder.edit(M, "get:", "got:")
    code, out, _ = run("lint", "--format", "json", str(folder.path / M))
    found = json.loads(out)
    assert code == 1
    assert [set(one) for one in found] == [{"file", "line", "column", "code", "severity", "message"}]
    assert (found[0]["file"], found[0]["line"], found[0]["code"], found[0]["severity"]) == (M, 13, "M001", "error")


def test_warnings_alone_are_fine(run, folder):
    folder.edit(
        "mappings/shelf/crm.contacts.test.yaml",
        '  get: "1"\n  sends: {path: /people/1}\n',
        '  record: {id: 2}\n  gives: {id: "2"}\n',
    )
    assert run("lint") == (
        0,
        "mappings/shelf/crm.contacts.test.yaml:1:1: T004 no case calls get: add one\n",
        "0 errors, 1 warning\n",
    )


def test_lint_of_nothing(run, folder, tmp_path):
    assert run("lint", str(tmp_path / "none")) == (2, "", f"unified: {tmp_path / 'none'}: no such file or folder\n")
    (tmp_path / "empty").mkdir()
    code, _, err = run("lint", str(tmp_path / "empty"))
    assert code == 2
    assert err == (
        f"unified: {tmp_path / 'empty'}: expected a folder with providers/ and mappings/, or a file in one; found no providers/\n"
    )


def test_cases_that_hold(run, folder):
    assert run("test") == (0, "4 passed, 0 failed\n", "")
    assert run("test", "-k", "changed") == (0, "1 passed, 0 failed\n", "")
    assert run("test", str(folder.path / M)) == (0, "4 passed, 0 failed\n", "")


def test_a_failing_case_shows_the_difference(run, folder):
    folder.edit(
        "mappings/shelf/crm.contacts.test.yaml", 'gives: {id: "1", first_name: Ada}', 'gives: {id: "1", first_name: Eve}'
    )
    assert run("test") == (
        1,
        (
            "FAILED mappings/shelf/crm.contacts.test.yaml::a person\n"
            '    at /first_name: expected "Eve", got "Ada"\n'
            "3 passed, 1 failed\n"
        ),
        "",
    )


def test_no_case_is_a_problem(run, folder):
    code, out, err = run("test", "-k", "nothing like it")
    assert (code, out) == (1, "0 passed, 0 failed\n")
    assert err == "No golden cases found. They belong in mappings/<provider>/<model>.test.yaml.\n"


def test_map_prints_the_records(run, folder):
    code, out, _ = run("map", "shelf", "crm.contacts", "--operation", "list", "-", stdin=f"[{SAMPLE}]")
    assert code == 0
    assert [(one["id"], one["first_name"]) for one in json.loads(out)] == [("7", "Ada")]


WRONG = [
    (("shell", "crm.contacts", "-"), 2, "unknown provider 'shell'. Did you mean 'shelf'? Known: shelf"),
    (("shelf", "crm.leads", "-"), 2, "no mapping of crm.leads for shelf. Known: crm.contacts"),
    (("shelf", "crm.contacts", "none.json"), 2, "none.json: cannot be read: No such file or directory"),
    (("shelf", "crm.contacts", "-", "--setting", "site"), 2, "--setting: expected name=value, got 'site'"),
]


@pytest.mark.parametrize(("words", "code", "message"), WRONG)
def test_map_says_what_is_wrong(run, folder, words, code, message):
    assert run("map", *words, stdin="[]") == (code, "", f"unified: {message}\n")


def test_map_of_what_is_not_json(run, folder):
    code, out, err = run("map", "shelf", "crm.contacts", "-", stdin="{")
    assert (code, out) == (2, "")
    assert err == "unified: standard input: not valid JSON: Input data was truncated\n"


def test_a_record_that_cannot_be_mapped_is_1(run, folder):
    code, out, err = run("map", "shelf", "crm.contacts", "-", stdin='[{"first": "Ada"}]')
    assert (code, out) == (1, "")
    assert "crm.contacts /id" in err
    assert err.count("\n") == 1


def test_try_shows_fields_and_what_no_one_reads(run, folder):
    code, out, _ = run("try", "shelf", "crm.contacts", "-", stdin=SAMPLE)
    assert code == 0
    row = next(line for line in out.splitlines() if "first_name" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["first_name", "Ada", "first"]
    assert out.endswith("In the sample, but not read:\n  shoe\n")


def test_try_names_a_date_that_comes_as_a_moment(run, folder):
    folder.edit("mappings/shelf/crm.contacts.yaml", '"first_name": first,', '"first_name": first, "birth_date": born,')
    sample = '{"id": 1, "first": "Ada", "born": "1815-12-09T23:00:00Z"}'
    code, out, _ = run("try", "shelf", "crm.contacts", "-", stdin=sample)
    assert code == 0
    assert "`birth_date` is a date, but comes as the moment 1815-12-09T23:00:00Z: its first ten" in " ".join(out.split())


def test_a_folder_of_samples(run, folder, tmp_path):
    samples = tmp_path / "samples"
    samples.mkdir()
    assert run("map", "shelf", "crm.contacts", str(samples)) == (
        2,
        "",
        f"unified: {samples}: expected files named *.json or *.xml, each with an answer of the provider; found none\n",
    )
    for name, text in (("a", SAMPLE), ("b", '{"id": 8, "last": "Noether"}'), ("c", '{"first": "Ada"}')):
        (samples / f"{name}.json").write_text(text, encoding="utf-8")
    code, out, _ = run("map", "shelf", "crm.contacts", str(samples), "--operation", "record")
    lines = out.splitlines()
    assert (code, lines[:2], lines[-1]) == (1, ["a.json: 1 record", "b.json: 1 record"], "3 files, 2 records, 1 failed")
    assert lines[2].startswith("c.json: FAILED ")
    code, out, _ = run("try", "shelf", "crm.contacts", str(samples))
    row = next(line for line in out.splitlines() if "first_name" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["first_name", "1 of 2", "Ada", "first"]
    assert code == 1
    assert out.endswith("In the sample, but not read:\n  shoe\n  last\n3 files, 1 failed\n")
    assert run("map", "shelf", "crm.contacts", str(samples), "--reverse")[2] == (
        "unified: --reverse: expected one file, got a folder\n"
    )


GIVEN = """\
record: |
  {"id": id, "first_name": $names[id = $$.owner].name, "last_name": $query.filter.email, "title": $account.settings.site,
   "department": $query.id, "description": $call}
write: |
  {"name": first_name}
list:
  - {name: old, when: search, request: GET /old, items: old, before: {names: {request: GET /names}}}
  - {name: all, request: GET /people, items: people}
get: {request: "GET /people/{id}"}
create: {request: POST /people}
"""


def test_what_a_sample_is_mapped_with(run, folder, tmp_path):
    folder.write(M, GIVEN)
    names = tmp_path / "names.json"
    names.write_text('[{"id": 3, "name": "Ada"}]', encoding="utf-8")
    given = ("--before", f"names={names}", "--setting", "site=acme", "--query", "filter[email]=a@x.org", "--id", "7")
    sample = '{"old": [{"id": 1, "owner": 3}], "people": []}'
    words = ("map", "shelf", "crm.contacts", "-", *given, "--call", "old")
    code, out, _ = run(*words, stdin=sample)
    (found,) = json.loads(out)
    assert code == 0
    named = ("first_name", "last_name", "title", "department", "description")
    assert [found[name] for name in named] == ["Ada", "a@x.org", "acme", "7", "old"]
    assert json.loads(run(*words, "--reverse", stdin=sample)[1]) == [{"name": "Ada"}]
    code, out, _ = run("try", *words[1:], "--operation", "list", "--reverse", stdin=sample)
    assert "a@x.org" in out
    assert out.endswith('Written back:\n{\n  "name": "Ada"\n}\n')
    assert run(*words[:-1], "odl", stdin=sample) == (
        2,
        "",
        "unified: no call is named `odl`. Did you mean 'old'? Known: all, old\n",
    )


def test_new_files(run, folder):
    assert run("new", "provider", "attic")[0] == 0
    assert run("new", "mapping", "attic", "crm.leads")[0] == 0
    unread = "nothing is reviewed, so agents are offered nothing: run `unified review attic`, read it, then add `--accept`"
    assert run("lint") == (0, f"mappings/attic/review.yaml:1:1: R003 {unread}\n", "0 errors, 1 warning\n")
    assert run("new", "provider", "attic")[0] == 2


def test_lines_of_all_providers_and_of_one(run, folder):
    def cells(line: str) -> list[str]:
        return re.split(r"  +", line.strip())

    code, out, _ = run("lines")
    assert code == 0
    lines = {
        kind: len((folder.path / path).read_text().splitlines()) for kind, path in (("mapping", M), ("file", P), ("cases", T))
    }
    numbers = [str(lines[kind]) for kind in ("file", "mapping", "cases")] + ["0", "0", str(sum(lines.values())), "0"]
    assert [cells(line) for line in out.splitlines() if "shelf" in line or "total" in line] == [
        ["shelf", *numbers],
        ["total", *numbers],
    ]
    assert "total" not in run("lines", "shelf")[1]
    assert run("lines", "shell") == (2, "", "unified: unknown provider 'shell'. Did you mean 'shelf'? Known: shelf\n")


def test_coverage_of_one_provider(run, folder):
    code, out, _ = run("coverage", "shelf")
    assert code == 0
    row = next(line for line in out.splitlines() if "crm.contacts" in line)
    assert re.split(r"  +", row.strip())[:3] == ["shelf", "crm.contacts", "list, get, create"]
    assert run("coverage", "shell") == (2, "", "unified: unknown provider 'shell'. Did you mean 'shelf'? Known: shelf\n")


CLIENT = '- {type: client_credentials, token_url: "https://{site}.example.com/token"}'


def test_check_through_the_transport(run, folder, monkeypatch):
    from unified_sandbox.app import create_sandbox
    from unified_sandbox.messages import Answer
    from unified_sandbox.running import running
    from unified_sandbox.standin import Bearer, StandIn

    shelf = StandIn(
        name="shelf",
        seed=lambda _: {},
        routes=(
            ("GET", "/api/me", lambda _request, _state: Answer(200, {})),
            ("POST", "/token", lambda _request, _state: Answer(200, {"access_token": "demo-shelf", "token_type": "bearer"})),
        ),
        public=frozenset({"/token"}),
        refuse=lambda status, code, message: Answer(status, {"error": code, "message": message}),
        accepts=(Bearer(),),
        demo_credentials=({"type": "bearer", "token": "demo-shelf"},),
    )
    with running(create_sandbox({"shelf": shelf})) as url:
        monkeypatch.setenv("UNIFIED_PROVIDER_URLS", json.dumps({"shelf": f"{url}/shelf"}))
        monkeypatch.setenv("UNIFIED_ALLOW_LOOPBACK", "true")
        words = ("check", "shelf", "--setting", "site=acme")
        assert run(*words, "--token", "demo-shelf") == (0, "Shelf accepts these credentials\n", "")
        code, out, err = run(*words, "--token", "wrong-token")
        assert (code, out) == (1, "")
        assert "wrong-token" not in err
        folder.edit("providers/shelf.yaml", "- {type: bearer}", CLIENT)
        client = (*words, "--client-id", "me", "--client-secret", "mine")
        assert run(*client) == (0, "Shelf accepts these credentials\n", "")
        assert run(*client[:-2]) == (2, "", "unified: expected --client-id together with --client-secret\n")
    assert run("check", "shelf") == (
        2,
        "",
        "unified: expected either --account, or credentials: --token, --key, --username with --password, --client-id with --client-secret, or --part\n",
    )
    assert run("check", "shelf", "--token", "a", "--key", "b")[2] == (
        "unified: expected only one of --token, --key, --username with --password, --client-id with --client-secret, or --part\n"
    )


def test_update_shows_and_writes_what_came(run, folder):
    cases = "mappings/shelf/crm.contacts.test.yaml"
    folder.edit(cases, 'gives: {id: "1", first_name: Ada}', 'gives: {id: "1", first_name: Eve}')
    wrong = (folder.path / cases).read_text(encoding="utf-8")
    shown = '-  gives: {id: "1", first_name: Eve}\n+  gives: {id: "1", first_name: Ada}\n'
    code, out, err = run("test", "--update", stdin="n\n")
    assert (code, (folder.path / cases).read_text(encoding="utf-8")) == (1, wrong)
    assert shown in out
    assert "Write 1 file? [y/N]:" in err
    code, out, _ = run("test", "--update", "--yes")
    assert code == 0
    assert out.endswith("4 passed, 0 failed\n")
    assert run("test", "--update") == (0, "4 passed, 0 failed\n", "No expectation differs from what came.\n")
