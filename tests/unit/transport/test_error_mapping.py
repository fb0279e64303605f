"""A provider's refusal in our terms: the status decides, its code refines, its words stay bounded and without secrets."""

from datetime import UTC, datetime
from typing import Any

import pytest

from unified.catalog.provider import ErrorRules, Provider, RateLimit
from unified.errors.error import ProviderProblem, UnifiedError
from unified.errors.providers import (
    ConnectionUnauthorized,
    NotSupported,
    ProviderError,
    ProviderForbidden,
    ProviderRateLimited,
    ProviderTimeout,
    ProviderValidation,
)
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict, VersionConflict
from unified.transport.auth import secrets_to_hide
from unified.transport.error_mapping import MAX_MESSAGE_CHARACTERS, ErrorReader, Refusal
from unified.transport.error_mapping import failed_inside as read_inside
from unified.transport.error_mapping import failure as read_failure
from unified.transport.rate_limit_headers import RateNotes, rate_notes

RULES = ErrorRules(
    message="message",
    code="code",
    fields="details",
    codes={"GONE": "not_found", "LIMIT": "provider_rate_limited", "ODD": "unheard_of"},
)


def failure(provider: Provider, rules: ErrorRules, refusal: Refusal, secrets: tuple[str, ...]) -> UnifiedError:
    return read_failure(provider, rules, refusal, secrets, ErrorReader({}))


def failed_inside(rules: ErrorRules, refusal: Refusal) -> bool:
    return read_inside(rules, refusal, ErrorReader({}))


def refused(
    status: int, body: Any = None, rules: ErrorRules = RULES, notes: RateNotes | None = None, headers: dict | None = None
) -> Refusal:
    return Refusal(status=status, headers=headers or {}, body=body, notes=notes or RateNotes())


STATUSES = [
    (400, ProviderValidation, 422, "Acme refused the values; see provider.message"),
    (401, ConnectionUnauthorized, 424, "Acme no longer accepts this account's credentials; connect the account again"),
    (402, ProviderForbidden, 403, "Acme does not let the connected user do this"),
    (403, ProviderForbidden, 403, "Acme does not let the connected user do this"),
    (404, NotFound, 404, "Acme has no such record"),
    (405, NotSupported, 501, "Acme does not offer this call"),
    (406, ProviderError, 502, "Acme failed to answer; try again later"),
    (408, ProviderTimeout, 504, "Acme did not answer in time"),
    (409, Conflict, 409, "Acme refused the change because of the record's present state"),
    (410, NotFound, 404, "Acme has no such record"),
    (
        412,
        VersionConflict,
        412,
        "Acme has a newer version of this record: read it, then repeat the change if it is still wanted",
    ),
    (413, ProviderValidation, 422, "Acme refused the values; see provider.message"),
    (415, ProviderError, 502, "Acme failed to answer; try again later"),
    (418, ProviderError, 502, "Acme failed to answer; try again later"),
    (422, ProviderValidation, 422, "Acme refused the values; see provider.message"),
    (423, Conflict, 409, "Acme refused the change because of the record's present state"),
    (429, ProviderRateLimited, 429, "Acme asks for fewer requests; try again in 30 seconds"),
    (500, ProviderError, 502, "Acme failed to answer; try again later"),
    (502, ProviderError, 502, "Acme failed to answer; try again later"),
    (503, ProviderError, 502, "Acme failed to answer; try again later"),
    (504, ProviderTimeout, 504, "Acme did not answer in time"),
    (599, ProviderError, 502, "Acme failed to answer; try again later"),
]


@pytest.mark.parametrize(("status", "kind", "ours", "words"), STATUSES)
def test_the_status_decides(provider, status: int, kind: type, ours: int, words: str) -> None:
    problem = failure(provider(), RULES, refused(status), ())
    assert type(problem) is kind
    assert (problem.status, problem.detail) == (ours, words)
    assert problem.provider == ProviderProblem(name="acme", status=status)


CODES = [
    (400, "GONE", NotFound),
    (403, "LIMIT", ProviderRateLimited),
    (400, "ODD", ProviderValidation),
    (400, "OTHER", ProviderValidation),
    (400, ["GONE"], NotFound),
    (400, {"a": 1}, ProviderValidation),
]


@pytest.mark.parametrize(("status", "code", "kind"), CODES)
def test_the_providers_code_refines_it(provider, status: int, code: Any, kind: type) -> None:
    assert type(failure(provider(), RULES, refused(status, {"code": code}), ())) is kind


def test_a_numeric_code_is_read_as_text(provider) -> None:
    rules = ErrorRules(code="code", codes={"1042": "conflict"})
    problem = failure(provider(), rules, refused(400, {"code": 1042}), ())
    assert (type(problem), problem.provider.code) == (Conflict, "1042")


def test_the_code_may_stand_in_a_header(provider) -> None:
    rules = ErrorRules(code='$headers."x-error"', codes={"E1": "conflict"})
    assert type(failure(provider(), rules, refused(400, headers={"x-error": "E1"}), ())) is Conflict


SECRETS = ("planted-token",)
MESSAGES = [
    ("Name is too long", "Name is too long"),
    ("", None),
    (None, None),
    (True, None),
    ({"a": 1}, None),
    (7, "7"),
    (["one", "two", 3], "one; two"),
    ([str(n) for n in range(9)], "0; 1; 2; 3; 4"),
    ("a" * 301, "a" * 300),
    ("a" * 10_000_000, "a" * 300),
    ("token planted-token is invalid", "token … is invalid"),
    ("planted-tokenplanted-token", "……"),
    ("a" * 295 + "planted-token", "a" * 295 + "…"),
    ("user ada.l+x@mail.example.test exists", "user …@… exists"),
    ("üser@example.test", "…@…"),
    ("a" * 296 + " ada@example.test", "a" * 296 + " …@…"),
    ("line\r\nX-Evil: 1", "line  X-Evil: 1"),
    ("\x1b[31mred\x00\x7f\x9b", " [31mred   "),
    ("a\u202eb\u200bc\U000e0041", "a b c "),
]


@pytest.mark.parametrize(("text", "shown"), MESSAGES, ids=range(len(MESSAGES)))
def test_the_providers_words_are_bounded_and_scrubbed(provider, text: Any, shown: str | None) -> None:
    problem = failure(provider(), RULES, refused(400, {"message": text}), SECRETS)
    assert problem.provider.message == shown
    assert len(shown or "") <= MAX_MESSAGE_CHARACTERS
    assert problem.detail == "Acme refused the values; see provider.message"


SPELLED = [
    ("auth: [{type: bearer}]\n", {"type": "bearer", "token": "sec/ret+1="}, "sec/ret+1="),
    ("auth: [{type: bearer}]\n", {"type": "bearer", "token": "sec/ret+1="}, "sec%2Fret%2B1%3D"),
    ("auth: [{type: basic}]\n", {"type": "basic", "username": "ada", "password": "sesame"}, "YWRhOnNlc2FtZQ=="),
    ("auth: [{type: api_key, basic: username}]\n", {"type": "api_key", "key": "sesame"}, "c2VzYW1lOng="),
    ("auth: [{type: api_key, query: key}]\n", {"type": "api_key", "key": "open sesame"}, "open+sesame"),
]


@pytest.mark.parametrize(("text", "credentials", "spelled"), SPELLED)
def test_a_secret_is_taken_out_however_it_is_spelled(provider, text: str, credentials: dict, spelled: str) -> None:
    acme = provider(text)
    body = {"message": f"bad <{spelled}>", "code": spelled, "details": [{"pointer": spelled, "message": spelled}]}
    problem = failure(acme, RULES, refused(400, body), secrets_to_hide(acme, credentials))
    assert problem.provider.message == "bad <…>"
    assert problem.provider.code == "…"
    assert [(one.pointer, one.message) for one in problem.errors] == [("…", "…")]


def test_refused_fields_are_named(provider) -> None:
    body = {"details": [{"pointer": "/email", "message": "taken by ada@x.test"}, {"other": 1}, "text"]}
    problem = failure(provider(), RULES, refused(422, body), ())
    assert [(one.pointer, one.code, one.message) for one in problem.errors] == [
        ("/email", "provider_validation", "taken by …@…"),
        ("", "provider_validation", "refused by the provider"),
    ]
    many = {"details": [{"pointer": str(n)} for n in range(50)]}
    assert len(failure(provider(), RULES, refused(422, many), ()).errors) == 20
    single = {"details": {"pointer": "/a", "message": "b"}}
    assert [one.pointer for one in failure(provider(), RULES, refused(422, single), ()).errors] == ["/a"]


@pytest.mark.parametrize("body", [None, [], "text", 5, {"message": {"deep": []}}])
def test_an_error_body_of_another_shape_still_has_its_status(provider, body: Any) -> None:
    rules = ErrorRules(message="$uppercase(message)", code="errors[0].code", fields="$map(x, 5)")
    problem = failure(provider(), rules, refused(404, body), ())
    assert (type(problem), problem.provider.message, problem.errors) == (NotFound, None, ())


def test_the_wait_is_told_only_where_another_try_makes_sense(provider) -> None:
    notes = rate_notes(RateLimit(), {"retry-after": "7"}, datetime(2026, 1, 1, tzinfo=UTC))
    assert failure(provider(), RULES, refused(429, notes=notes), ()).retry_after == 7.0
    assert failure(provider(), RULES, refused(503, notes=notes), ()).retry_after == 7.0
    assert failure(provider(), RULES, refused(403, notes=notes), ()).retry_after is None


INSIDE = [
    ({"errors": [{"message": "x"}]}, True),
    ({"errors": []}, False),
    ({"errors": None}, False),
    ({}, False),
    ({"errors": ""}, False),
]


@pytest.mark.parametrize(("body", "failed"), INSIDE)
def test_a_success_may_carry_a_failure(body: Any, failed: bool) -> None:
    assert failed_inside(ErrorRules(in_success="errors"), refused(200, body)) is failed
    assert not failed_inside(ErrorRules(), refused(200, body))


def test_the_provider_file_says_which_statuses_mean_too_many_requests(provider) -> None:
    acme = provider("auth: [{type: bearer}]\nrate_limit: {statuses: [403, 429]}\n")
    assert type(failure(acme, RULES, refused(403), ())) is ProviderRateLimited
    assert type(failure(acme, RULES, refused(403, {"code": "GONE"}), ())) is NotFound


@pytest.mark.parametrize(
    ("status", "notes", "wait"),
    [
        (429, RateNotes(reset=60.0), 60.0),
        (429, RateNotes(retry_after=5.0, reset=60.0), 5.0),
        (503, RateNotes(reset=60.0), None),
        (503, RateNotes(retry_after=5.0, reset=60.0), 5.0),
        (404, RateNotes(retry_after=5.0), None),
    ],
)
def test_the_time_of_a_fresh_budget_is_a_wait_only_when_it_is_used_up(provider, status, notes, wait) -> None:
    assert failure(provider(), RULES, refused(status, notes=notes), ()).retry_after == wait
