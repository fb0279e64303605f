"""Silver for every form: small providers that talk in forms, parts, XML and SOAP, and one whose token is of another host."""

import json
import os
import re
import subprocess
import sys

import hypothesis
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from vcr.errors import CannotOverwriteExistingCassetteException

from tests.cassettes.bodies import opened
from tests.cassettes.connect import CLOCK, connected, hosts_of
from tests.cassettes.files import laid_out, read_steps, write_step
from tests.cassettes.place import CHECKOUT, Place
from tests.cassettes.record import main, record
from tests.cassettes.steps import perform, steps
from tests.cassettes.tape import TAPE, ReadableBodies
from tests.invented import NAMES, write_invented
from tests.sizes import examples
from unified.authoring.lint.lint import lint
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.requests import MalformedRequest
from unified.transport.bodies.encodings import ENCODINGS


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    root = tmp_path_factory.mktemp("invented")
    write_invented(root)
    return Place(root)


@pytest.fixture
async def recorded(invented):
    if not list(invented.cassettes.glob("*/*.*.json")):
        assert await record(NAMES, invented) == []
    return invented


async def play(place, home, name, change=lambda step: None):
    """Play every step of a provider back; `change` may do something to its cassette before."""
    async with connected(home, [name], live=False, place=place) as (services, principal, accounts):
        for step in steps(name, place):
            change(step)
            with time_machine.travel(CLOCK, tick=False), TAPE.use_cassette(step.cassette, record_mode="none") as cassette:
                came = await perform(step, services, principal, accounts[name])
            assert json.loads(json.dumps(came)) == step.gives
            assert cassette.all_played


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_recorded_is_played_back(recorded, tmp_path, name):
    await play(recorded, tmp_path, name)


def leaves(value):
    """Every place of a text in a recorded body, as the container and its key."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in list(entries):
        if isinstance(one, str):
            yield value, key
        else:
            yield from leaves(one)


@pytest.mark.parametrize("name", NAMES)
async def test_another_body_than_the_recorded_is_noticed(recorded, tmp_path, name):
    """That each field counts is the law of bodies below; here, that the tape goes by it in every form."""
    (step,) = (one for one in steps(name, recorded) if one.name == "create")
    text = step.file.read_text(encoding="utf-8")
    recorded_step = json.loads(text)["create"]
    holder, key = next(one for one in leaves(recorded_step["calls"][0]["request"]["body"]) if "Engines" in one[0][one[1]])
    holder[key] = holder[key].replace("Engines", "Motors")

    def change(played):
        if played.name == "create":
            write_step(played.file, "create", {"calls": recorded_step["calls"]})

    try:
        with pytest.raises((UnifiedError, CannotOverwriteExistingCassetteException)):
            await play(recorded, tmp_path, name, change)
    finally:
        step.file.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_the_laws_hold_for_every_form(tmp_path):
    """The tests over all providers, in a folder with these alone: cassettes and conformance."""
    write_invented(tmp_path)
    environment = {**os.environ, "UNIFIED_CATALOG": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for words in (
        ["tests.cassettes.record"],
        ["pytest", "-q", "-p", "no:cacheprovider", "tests/conformance", "tests/cassettes/test_cassettes.py"],
    ):
        ended = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    assert re.search(r"\d{3} passed", ended.stdout)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12)
NAMES_OF_FIELDS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES_OF_FIELDS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def sent(draw, form):
    """A body as a mapping sends it in a form: media type and bytes."""
    body = draw(st.dictionaries(NAMES_OF_FIELDS, VALUES, min_size=1, max_size=3))
    try:
        return ENCODINGS[form]({"root": body} if form == "xml" else body)
    except MalformedRequest:
        hypothesis.reject()


@pytest.mark.parametrize("form", ENCODINGS)
@given(data=st.data())
@hypothesis.settings(max_examples=examples(100), suppress_health_check=[hypothesis.HealthCheck.filter_too_much])
def test_a_body_in_a_cassette_is_what_was_sent(form, data):
    one, other = data.draw(sent(form)), data.draw(sent(form))
    request = {"headers": {"content-type": [one[0]]}, "body": one[1], "method": "POST", "uri": "https://x.example"}
    answer = {"headers": {"content-type": [one[0]]}, "body": {"string": one[1]}, "status": {"code": 200}}
    text = ReadableBodies.serialize({"interactions": [{"request": request, "response": answer}]})
    (read,) = ReadableBodies.deserialize(text)["interactions"]
    assert opened(read["request"]["body"], read["request"]["headers"]["content-type"][0]) == opened(one[1], one[0])
    assert (opened(one[1], one[0]) == opened(other[1], other[0])) == (meant(one) == meant(other))


def meant(content):
    """What two bodies must have in common to be one: all bytes but the boundary, the space between tags, and how JSON is written."""
    kind, body = content
    if kind == "application/json":
        return json.loads(body)
    if kind.startswith("multipart"):
        return body.replace(kind.partition("boundary=")[2].encode(), b"")
    return re.sub(rb">\s+<", b"><", body)


MISTAKES = [
    ("no scenario", None, "cassettes/formling/scenario.yaml: there is none. It lists the calls to record"),
    ("no YAML", "crm.accounts: {list: {limit: 3}\n", "cassettes/formling/scenario.yaml:2:1: not valid YAML"),
    ("no models", "- list\n", "cassettes/formling/scenario.yaml:1:1: expected models, each with its steps"),
    (
        "an unknown model",
        "crm.account: {list: {}}\n",
        "scenario.yaml:1:1: there is no mapping of `crm.account`. Did you mean 'crm.accounts'?",
    ),
    (
        "an unknown step",
        "crm.accounts:\n  lists: {}\n",
        "scenario.yaml:2:3: the mapping has no method `lists`. Did you mean 'list'?",
    ),
    ("no object", "crm.accounts:\n  create: Ada\n", 'scenario.yaml:2:11: `create`: expected an object, got "Ada"'),
    ("no steps", "crm.accounts: list\n", "scenario.yaml:1:15: expected steps, such as `list: {limit: 3}`"),
]


def printed(capsys, root, *names):
    status = main(names, Place(root))
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out + err


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_of_the_scenario_is_named_with_its_place(tmp_path, capsys, text, message):
    write_invented(tmp_path, "formling")
    scenario = tmp_path / "cassettes/formling/scenario.yaml"
    scenario.unlink() if text is None else scenario.write_text(text, encoding="utf-8")
    status, said = printed(capsys, tmp_path, "formling")
    assert status == 1
    assert message in said


def test_other_mistakes_are_named_with_their_place(tmp_path, capsys):
    write_invented(tmp_path, "formling", "farling")

    def said(*names):
        status, text = printed(capsys, tmp_path, *names)
        assert status == 1
        return text

    def edit(name, old, new):
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return lambda: path.write_text(text, encoding="utf-8")

    assert "no stand-in 'formlin'. Did you mean 'formling'?" in said("formlin")
    back = edit("cassettes/formling/scenario.yaml", "  list: {limit: 3}\n  list_named", "  list_named")
    assert "scenario.yaml:3:3: `get` needs the id of a step `create` or `list` before it" in said("formling")
    back()
    back = edit("mappings/formling/crm.accounts.yaml", '"staff": number_of_employees', '"staf": number_of_employees')
    failed = said("formling")
    assert "cassettes/formling/scenario.yaml:5:3: crm.accounts.create: provider_validation: " in failed
    assert "the provider said: staf: no such field; known: " in failed
    back()
    back = edit("providers/farling.sandbox.yaml", "token_path: /acme/token", "token_path: /other/token")
    assert "providers/farling.sandbox.yaml: credentials, settings: the account cannot be connected with them: " in said(
        "farling"
    )
    back()
    back = edit("mappings/formling/crm.accounts.yaml", '"id": id,', '"id": id')
    assert said("formling").startswith("mappings/formling/crm.accounts.yaml:")
    back()
    edit(
        "providers/farling.yaml",
        "https://login.tokens.example.com/{tenant}/token",
        "https://login.tokens.example.com/{tenant}/token/new",
    )
    assert "providers/farling.sandbox.yaml" in said("farling")


def test_a_setting_of_an_address_that_a_stand_in_lacks_is_named(tmp_path, capsys):
    write_invented(tmp_path, "farling")
    for name, old, new in (
        ("providers/farling.yaml", "https://api.farling", "https://{tenant}.farling"),
        ("providers/farling.sandbox.yaml", "settings: {tenant: acme}\n", ""),
    ):
        text = (tmp_path / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    assert printed(capsys, tmp_path, "farling") == (
        1,
        (
            "providers/farling.sandbox.yaml: `settings` lacks tenant, with which https://{tenant}.farling.example.com/v1 becomes "
            "an address: give an example of each\n"
        ),
    )


def test_tokens_of_several_products_at_one_host_are_distinguished(tmp_path):
    write_invented(tmp_path, "farling")
    for kind in ("providers/farling.yaml", "providers/farling.sandbox.yaml"):
        text = (tmp_path / kind).read_text(encoding="utf-8")
        other = text.replace("farling", "nearling").replace("/{tenant}/token", "/near/token")
        (tmp_path / kind.replace("farling", "nearling")).write_text(other, encoding="utf-8")
    place = Place(tmp_path)
    hosts = hosts_of(place.catalog, place.standins("farling", "nearling"))
    assert hosts.standin("login.tokens.example.com", "/acme/token") == "farling"
    assert hosts.standin("login.tokens.example.com", "/near/token") == "nearling"
    assert hosts.standin("api.nearling.example.com", "/v1/accounts") == "nearling"
    with pytest.raises(CatalogError) as caught:
        hosts.standin("other.example.com", "/x")
    assert str(caught.value) == (
        "https://other.example.com/x: no URL of the provider files leads there. "
        "Known hosts: api.farling.example.com, api.nearling.example.com, login.tokens.example.com"
    )


async def test_lint_finds_them_silver(recorded):
    findings = lint(recorded.root)
    assert [str(one) for one in findings if one.severity == "error"] == []
    assert set(NAMES) == {"farling", "formling", "partling", "soapling", "xmlling"}


STEPS_OF_A_FILE = st.dictionaries(
    NAMES_OF_FIELDS,
    st.fixed_dictionaries(
        {"calls": st.lists(st.dictionaries(NAMES_OF_FIELDS, VALUES, min_size=1, max_size=3), max_size=3), "gives": VALUES}
    ),
    min_size=1,
    max_size=3,
)


@given(STEPS_OF_A_FILE, st.integers(1, 120))
@hypothesis.settings(max_examples=examples(60), deadline=None)
def test_the_layout_of_a_file_changes_nothing_in_it(found, width):
    assert read_steps(laid_out(found, width=width)) == found


def test_a_call_that_is_made_again_is_written_once():
    one, other = (
        {"request": {"uri": uri}, "response": {"body": [1]}} for uri in ("https://x.example/1", "https://x.example/2")
    )
    found = {"list": {"calls": [one, other]}, "get": {"calls": [other, one, one], "gives": {"id": "1"}}}
    text = laid_out(found)
    assert text.count("x.example/1") == text.count("x.example/2") == 1
    assert json.loads(text)["get"]["calls"][2] == {"same_as": ["list", 0]}
    assert read_steps(text) == found


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ("<a/>", ["<a/>"]),
        ("<a><b><c>1</c></b><d>2</d></a>", ["<a><b><c>1</c></b><d>2</d></a>"]),
        (
            "<a>\n <r><x>1</x><x>2</x></r>\n <r/>\n <r><x>3</x></r>\n</a>",
            ["<a>", "<r><x>1</x><x>2</x></r>", "<r/>", "<r><x>3</x></r>", "</a>"],
        ),
        ("<a><n>2</n><r><x>1</x></r><r><x>2</x></r></a>", ["<a>", "<n>2</n>", "<r><x>1</x></r>", "<r><x>2</x></r>", "</a>"]),
        ("<a><g><r><x>1</x></r><r><x>2</x></r></g></a>", ["<a><g>", "<r><x>1</x></r>", "<r><x>2</x></r>", "</g></a>"]),
    ],
)
def test_a_document_has_a_line_for_each_of_its_records(document, lines):
    assert opened(document, "application/xml") == {"xml": lines}
