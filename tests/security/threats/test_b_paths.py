"""B1 to B8 on every path template of every mapping, through REST: what leaves has the template's host, prefix and segments."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import httpx2
import msgspec
import pytest

from tests.conformance.subjects import Subject, calls, mapping, parents, scenario, subjects
from tests.security.threats.values import REFUSED, SENT
from tests.security.threats.world import HOST, WatchedService
from tests.world import PROVIDERS
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import ENTRY, names_in

pytestmark = pytest.mark.slow

HARMLESS, OTHER = "x1", "o1"
"""What stands in a case's place, and in places that it is not about."""
VERBS = {"get": "GET", "update": "PATCH", "delete": "DELETE"}
PLACE = re.compile(r"\{(?P<name>\w+)(?:=(?P<choices>[^{}]+))?\}")
Shape = tuple[str, str, tuple[str, ...], tuple[str, ...]]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A request with a place for a value: a part of the id, of the path before it, a filter, or a field of the body."""

    subject: Subject
    method: str
    place: str

    def __str__(self) -> str:
        return f"{self.subject}.{self.method}[{self.place}]"

    @property
    def in_body(self) -> bool:
        """Whether the value stands in a field of the body, from which steps after the write take it."""
        taken = {*parts(self.subject), *mapping(self.subject).model.path_parameters}
        return self.method in {"create", "update"} and self.place not in taken

    @property
    def is_part(self) -> bool:
        """Whether the value is a part of a composite id, in which colons separate."""
        return self.method not in {"list", "create"} and mapping(self.subject).id_template is not None and not self.in_body

    @property
    def form(self) -> str | None:
        """The form that the mapping file asks of a path parameter."""
        return mapping(self.subject).file.document.path.get(self.place)

    @property
    def harmless(self) -> str:
        return scenario(self.subject)["path"][self.place] if self.form else HARMLESS


def parts(subject: Subject) -> list[str]:
    """Names of the parts of an id, those with fixed choices left out."""
    template = mapping(subject).id_template
    return [one["name"] for one in PLACE.finditer(template.template if template else "{id}") if not one["choices"]]


def composed(subject: Subject, place: str, value: str) -> str:
    """An id in which the part of this name is the value."""
    template = mapping(subject).id_template

    def part(found: re.Match[str]) -> str:
        return value if found["name"] == place else (found["choices"] or OTHER).split("|")[0]

    return PLACE.sub(part, template.template if template else "{id}")


def steps(subject: Subject, *methods: str) -> list[Operation]:
    """Every call that these methods of a mapping may make."""
    compiled = mapping(subject)
    several = [one for method in methods for one in compiled.choices[method]]
    return [inner for one in several for step in calls(one) for after in (step, *step.after) for inner in calls(after)]


def named(step: Operation) -> list[str]:
    """Names of a path that callers fill: not what was read before, what an object of a page or an entry has, or a setting."""
    if step.method == "per_record":
        return []
    return [name for name in names_in(step.path) if name.partition(".")[0] not in {*step.results, ENTRY, "settings"}]


def free(subject: Subject, name: str) -> bool:
    """Whether a path's name takes any text: words of an enum and fixed choices do not."""
    template = mapping(subject).id_template
    fixed = set(template.names()) - set(parts(subject)) if template else set()
    return name not in fixed and not any(one.name == name and one.kind == "enum" for one in mapping(subject).model.fields)


def cases(provider: str) -> Iterator[Case]:
    """Every method of every model of a provider, with each name of the paths that it leads to."""
    for subject in (one for one in subjects() if one.provider == provider):
        for method in mapping(subject).methods:
            names = {name for step in steps(subject, method) for name in named(step) if free(subject, name)}
            if method == "create":
                names -= {"id"}
            for name in sorted(names):
                yield Case(subject=subject, method=method, place=name)


def coded(value: str) -> str:
    """The value as one segment of a URL; dots too, which a client would fold before it sends."""
    return quote(value, safe="").replace(".", "%2E")


def referred(case: Case, value: str) -> str:
    """The value of the field that a path takes it from: of `ticket_id.number`, an id in which that part is the value."""
    head, _, wanted = case.place.partition(".")
    if not wanted:
        return value
    calls_of = (*mapping(case.subject).lists, *mapping(case.subject).operations.values())
    own = mapping(case.subject).id_template
    template = next((one.references[head] for one in calls_of if head in one.references), own)
    if template is None:
        return value
    return PLACE.sub(lambda found: value if found["name"] == wanted else OTHER, template.template)


def asked(case: Case, value: str) -> dict[str, Any]:
    """The request of a case, as the client takes it."""
    subject, body = case.subject, scenario(case.subject).get(case.method, {})
    path = "/" + subject.model.replace(".", "/")
    for name in mapping(subject).model.path_parameters:
        path += "/" + coded(value if name == case.place else scenario(subject)["path"][name])
    if case.method == "list":
        head = case.place.partition(".")[0]
        names = dict.fromkeys((*parents(subject), *({head} - {*mapping(subject).model.path_parameters})))
        filters = {f"filter[{name}]": referred(case, value) if name == head else OTHER for name in names}
        return {"method": "GET", "path": path + "?" + urlencode(filters)}
    if case.in_body or (case.method == "create" and (case.place in parts(subject) or "." in case.place)):
        head, given = case.place.partition(".")[0], referred(case, value)
        is_list = any(one.name == head and one.is_list for one in mapping(subject).model.fields)
        body = {**body, head: [given] if is_list else given}
    more = {"content": msgspec.json.encode(body)} if case.method in {"create", "update"} else {}
    if case.method == "create":
        return {"method": "POST", "path": path, **more}
    path += "/" + coded(composed(subject, case.place, value))
    verb = VERBS.get(case.method)
    return (
        {"method": verb, "path": path, **more}
        if verb
        else {"method": "POST", "path": f"{path}/{case.method}", "content": b"{}"}
    )


async def sent(world: WatchedService, case: Case, value: str) -> tuple[httpx2.Response, list[httpx2.Request]]:
    """The answer, and what left; calls that come before the one with the value, and a write before its steps, succeed."""

    def accepted(request: httpx2.Request) -> httpx2.Response | None:
        return httpx2.Response(200, json={"id": "1"}) if case.in_body or OTHER in segments(request) else None

    world.wire.answer = accepted
    world.wire.take()
    headers = {"Content-Type": "application/json"}
    answer = await world.ask(provider=case.subject.provider, headers=headers, **asked(case, value))
    return answer, world.wire.take()


def shape(request: httpx2.Request, case: Case, prefix: str, value: str) -> Shape:
    """What must not depend on a value: verb, template, names of parameters and of headers. Fails where no template fits."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    assert (request.url.scheme, request.url.netloc.decode(), request.url.userinfo) == ("http", HOST, b"")
    assert path.startswith(f"{prefix}/")
    below = path.removeprefix(prefix).split("/")
    for one in steps(case.subject, *mapping(case.subject).methods):
        if one.verb == request.method and fits(below, one.path.split("/"), value):
            names = tuple(name for name, _ in parse_qsl(query, keep_blank_values=True))
            return one.verb, one.path, names, tuple(sorted({*request.headers} - {"content-length"}))
    raise AssertionError(f"{case}: {request.method} {path} fits none of the templates")


def segments(request: httpx2.Request) -> list[str]:
    """The path's segments as they are sent."""
    return request.url.raw_path.decode("ascii").partition("?")[0].split("/")


def sendable(value: str) -> set[str]:
    """The segments that may hold a value: itself, or the part of a composite id in which `%3A` and `%25` are written."""
    part = re.sub("%(3A|25)", lambda found: unquote(found[0]), value, flags=re.IGNORECASE)
    return {quote(value, safe=""), quote(part, safe="")}


def fits(below: list[str], template: list[str], value: str) -> bool:
    """Whether what is fixed is the template's, and what is filled in is a plain word, or the value encoded once."""

    def filled(got: str) -> bool:
        return got in sendable(value) or (re.fullmatch(r"[\w.:-]*\w[\w.:-]*", got, re.ASCII) is not None)

    def matches(got: str, one: str) -> bool:
        """Whether a segment is its template, with what is filled in, such as `accounts({id})`."""
        found = re.fullmatch(re.sub(r"\\\{.*?\\\}", "(.+)", re.escape(one)), got)
        return found is not None and all(map(filled, found.groups()))

    return len(below) == len(template) and all(map(matches, below, template))


async def prefix_of(world: WatchedService, provider: str) -> str:
    """What stands before every path at a provider."""
    await world.ask("GET", "/proxy/x", provider)
    (found,) = world.wire.take()
    return found.url.raw_path.decode().removesuffix("/x")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_b1_to_b8_requests_keep_host_prefix_and_segments_for_every_value(world: WatchedService, provider: str) -> None:
    prefix = await prefix_of(world, provider)
    for case in cases(provider):
        _, plain = await sent(world, case, case.harmless)
        assert any(case.harmless in one.url.raw_path.decode() for one in plain), f"{case}: the harmless value was not sent"
        expected = [shape(one, case, prefix, case.harmless) for one in plain]
        for name, value in SENT.items():
            answer, left = await sent(world, case, value)
            if not left and answer.json()["code"] == "invalid_id":  # the mapping says what its ids look like
                continue
            if case.form or (":" in value and (case.is_part or "." in case.place)):
                assert (left, answer.json()["code"]) == ([], "invalid_id"), f"{case} {name}: an id of another form"
                continue
            assert [shape(one, case, prefix, value) for one in left] == expected, f"{case} {name}"
            assert any(sendable(value) & {*segments(one)} for one in left), f"{case} {name}: not sent"


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_b1_b6_b7_an_id_that_could_change_the_path_is_refused_unsent(world: WatchedService, provider: str) -> None:
    for case in cases(provider):
        for name, value in REFUSED.items():
            answer, left = await sent(world, case, value)
            told = f"{case} {name}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code in {400, 422}, told
            assert answer.json()["code"] in {"invalid_id", "malformed_request", "validation_failed"}, told
            assert not any(quote(value[:256], safe="") in segments(one) for one in left), told
            assert len(answer.content) < 1500, f"{told}: the value is repeated"


def test_every_path_template_of_the_catalog_has_its_case() -> None:
    """A name in a path that no case fills would go untested."""
    filled = {(one.subject, one.place) for provider in PROVIDERS for one in cases(provider)}
    places = {
        (subject, name)
        for subject in subjects()
        for step in steps(subject, *mapping(subject).methods)
        for name in named(step)
        if free(subject, name)
    }
    assert places == filled
    assert {one.provider for one in subjects()} == set(PROVIDERS)
