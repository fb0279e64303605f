"""What becomes of an answer: refusals in our terms, sizes, encodings, and JSON read exactly or not at all."""

from typing import Any

import httpx2
import msgspec
import pytest

from unified.catalog.provider import ErrorRules
from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderError, ProviderMalformed, ProviderValidation, UpstreamTooLarge
from unified.transport.bodies.response_body import decode_json_body
from unified.transport.client import ClientLimits

GET = ProviderRequest(method="GET", path="/things/1")


async def test_a_refusal_tells_the_providers_words_without_the_token(upstream, connection) -> None:
    acme = upstream({"status_code": 400, "json": {"message": "token tok-planted-secret-1 of ada@x.test", "code": "E"}})
    text = "auth: [{type: bearer}]\nerrors: {message: message, code: code, codes: {E: provider_validation}}\n"
    with pytest.raises(ProviderValidation) as caught:
        await acme.client().send(GET, connection(text))
    assert caught.value.provider.message == "token … of …@…"
    assert caught.value.provider.code == "E"


async def test_an_error_page_is_only_its_status(upstream, connection) -> None:
    acme = upstream({"status_code": 500, "text": "<html>Traceback tok-planted-secret-1</html>"})
    with pytest.raises(ProviderError) as caught:
        await acme.client().send(GET, connection("auth: [{type: bearer}]\nerrors: {message: '$'}\n"))
    assert (caught.value.detail, caught.value.provider.message) == ("Acme failed to answer; try again later", None)


async def test_a_failure_inside_a_success_is_one(upstream, connection) -> None:
    acme = upstream({"status_code": 200, "json": {"errors": [{"message": "no", "code": "X"}]}})
    rules = ErrorRules(in_success="errors", message="errors.message", code="errors.code", codes={"X": "conflict"})
    with pytest.raises(UnifiedError) as caught:
        await acme.client().send(GET, connection(), rules)
    assert (caught.value.code, caught.value.provider.message, caught.value.provider.status) == ("conflict", "no", 200)


async def test_the_rules_of_a_call_go_before_the_providers(upstream, connection) -> None:
    acme = upstream({"status_code": 400, "json": {"why": "call", "message": "provider"}})
    with pytest.raises(ProviderValidation) as caught:
        await acme.client().send(
            GET, connection("auth: [{type: bearer}]\nerrors: {message: message}\n"), ErrorRules(message="why")
        )
    assert caught.value.provider.message == "call"


async def test_an_answer_over_the_size_is_cut(upstream, connection) -> None:
    acme = upstream({"status_code": 200, "content": b"[" + b"1," * 600 + b"1]"})
    with pytest.raises(UpstreamTooLarge) as caught:
        await acme.client(limits=ClientLimits(max_bytes=1000)).send(GET, connection())
    assert caught.value.detail == "the answer has more than 1000 bytes"


async def test_stacked_encodings_are_not_opened(upstream, connection) -> None:
    acme = upstream(httpx2.Response(200, headers={"Content-Encoding": "gzip, gzip"}, stream=httpx2.ByteStream(b"x")))
    with pytest.raises(UpstreamTooLarge) as caught:
        await acme.client().send(GET, connection())
    assert caught.value.detail == "the answer has stacked encodings; it was not decoded"


async def test_the_pass_through_gives_any_answer_as_it_came(upstream, connection) -> None:
    acme = upstream({"status_code": 418, "content": b"\xff<tea>", "headers": {"X-A": "1"}})
    request = ProviderRequest(method="PUT", path="/tea", query=(("a", "b"),), headers={"Content-Type": "text/tea"})
    answer = await acme.client().pass_through(request, connection(), b"leaves")
    assert (answer.status, answer.content, answer.headers["x-a"]) == (418, b"\xff<tea>", "1")
    assert (acme.asked[0].content, acme.asked[0].headers["content-type"]) == (b"leaves", "text/tea")


NOT_JSON = "expected JSON in UTF-8, got text that is not JSON"
BODIES = [
    (b"<!DOCTYPE html><p>planted", "expected JSON in UTF-8, got HTML that is not JSON"),
    (b"planted", NOT_JSON),
    (b'{"a": "planted"', NOT_JSON),
    (b'{"a": 1} planted', NOT_JSON),
    (b'{"a": NaN}', NOT_JSON),
    (b'{"a": Infinity}', NOT_JSON),
    (b'{"a": 1e999}', NOT_JSON),
    (b"1" * 1_000_000, NOT_JSON),
    (b'"\\ud800"', NOT_JSON),
    (b'"\xed\xa0\x80"', NOT_JSON),
    (b'"\xff"', NOT_JSON),
    ('{"a": 1}'.encode("utf-16"), NOT_JSON),
    (b"[" * 100_000 + b"]" * 100_000, "the answer is nested too deeply"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "the answer is nested too deeply"),
]


@pytest.mark.parametrize(("content", "message"), BODIES, ids=range(len(BODIES)))
async def test_a_body_that_is_not_json_is_refused_without_a_word_of_it(
    upstream, connection, content: bytes, message: str
) -> None:
    acme = upstream({"status_code": 200, "content": content})
    with pytest.raises(ProviderMalformed) as caught:
        await acme.client().send(GET, connection())
    assert caught.value.detail == message
    assert caught.value.__cause__ is None
    assert len(acme.asked) == 1


READ = [
    (b"", None),
    (b" \n", None),
    (b"\xef\xbb\xbf", None),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    (b"null", None),
    (b"0", 0),
    (b"9007199254740993", 2**53 + 1),
    (b"18446744073709551617", 2**64 + 1),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
    (b'{"a": 1, "a": 2}', {"a": 2}),
    (b'"\\ud83d\\ude00"', "😀"),
]


@pytest.mark.parametrize(("content", "value"), READ)
def test_json_is_read_exactly(content: bytes, value: Any) -> None:
    assert decode_json_body(content) == value
    assert type(decode_json_body(content)) is type(value)


async def test_a_write_that_changed_nothing_is_a_success(upstream, connection) -> None:
    acme = upstream({"status_code": 304})
    answer = await acme.client().send(msgspec.structs.replace(GET, method="PUT"), connection())
    assert (answer.status, answer.body) == (304, None)
