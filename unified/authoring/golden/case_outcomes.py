"""Computes the outcome of a golden case: requests, records, the next position, the id of a new record, or a refusal."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import msgspec

from unified.authoring.golden.answers import (
    created_id,
    definitions_in,
    is_new_in,
    next_position,
    object_in,
    record_in,
    records_in,
    require_success,
    version_in,
)
from unified.authoring.golden.built_requests import Asked, build_requests, find_operation, list_warnings
from unified.authoring.golden.golden_files import VERSIONED, Case, ExpectedCall
from unified.authoring.golden.request_text import WRITTEN
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.providers import MappingFailed
from unified.errors.requests import NotFound
from unified.models import MAKING
from unified.transform.embedded_mapping import EmbeddedMapping, provider_call
from unified.transform.mapping import Mapping
from unified.transform.record_metadata import record_notes, record_version
from unified.transport.bodies.encodings import DECODERS

Maker = Callable[[EmbeddedMapping, Case, Asked], Any]


def outcomes_of(mapping: EmbeddedMapping, case: Case) -> dict[str, Any]:
    """Return what a case results in, by the names of its expectations; of a case without one, all that can be expected.

    Raises:
        UnifiedError: The mapping refuses the input, or the answer is a refusal.
    """
    asked = _asked(case)
    if case.answer is not None:
        require_success(mapping.compiled, asked, _answer(mapping, case, asked))
    return {name: MAKERS[name](mapping, case, asked) for name in outcome_names(case)}


def outcome_names(case: Case) -> tuple[str, ...]:
    """Return the names of a case's expectations about values; of a case without one, of those that can be written for it."""
    if expected := tuple(name for name in MAKERS if name in case.expected):
        return expected
    if case.answer is not None:
        return ANSWERED.get(case.input, ())
    if case.expected and case.input == "write":
        return ("gives", "sends")  # whatever of it fails
    return ("gives",) if case.input == "record" else ("sends",)


ANSWERED = {"list": ("gives", "next"), "get": ("gives",), "write": ("gives",), "fields": ("gives",)}
"""Input of a case with an answer → the expectations that can be written for it."""


def _asked(case: Case) -> Asked:
    inputs = {"list": case.list, "write": case.write, "fields": case.fields}
    return Asked(
        method=case.method,
        by=case.by,
        id=case.id or case.get or case.delete,
        given=dict(inputs.get(case.input, case.query) or {}),
        account=case.connection,
        before=case.before or {},
        position=None if case.position is msgspec.UNSET else case.position,
        call=case.call,
        parent=case.parent,
        version=None if case.input in VERSIONED else case.version,
    )


def _answer(mapping: EmbeddedMapping, case: Case, asked: Asked) -> ProviderAnswer:
    if case.answer is None:
        raise TypeError(f"{case.name}: without `answer`, there is nothing to read")
    headers = {name.lower(): value for name, value in case.answer.headers.items()}
    body, receives = case.answer.body, find_operation(mapping.compiled, asked).receives
    if receives != "json" and isinstance(body, str):
        body = DECODERS[receives](body.encode())
    return ProviderAnswer(status=case.answer.status, headers=headers, body=body)


def _sends(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    """Return the request as an object; a list of all requests where a list is expected, or where there are several."""
    expected = case.sends if isinstance(case.sends, tuple) else (case.sends,)
    built = [one.request for one in build_requests(mapping.compiled, _answered(mapping, case, asked))]
    requests = [_as_object(one, wanted) for one, wanted in zip_longest(built, expected[: len(built)])]
    if isinstance(case.sends, tuple) or (case.sends is None and len(requests) != 1):
        return requests
    return requests[0] if requests else {}


def _answered(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Asked:
    """Return what is asked with the answer of a case to its write, for the calls after it that need this."""
    if case.answer is None or case.input != "write":
        return asked
    answer = _answer(mapping, case, asked)
    new_id = created_id(mapping.compiled, asked, answer) if asked.method in MAKING else None
    return msgspec.structs.replace(asked, answer=answer, new_id=new_id)


def _as_object(request: ProviderRequest, expected: ExpectedCall | None) -> dict[str, Any]:
    """Return a request as an object; a body that is expected as text is the text that `unified request` prints."""
    call = provider_call(request)
    parts = {name: getattr(call, name) for name in ExpectedCall.__struct_fields__}
    write = WRITTEN.get(request.encoding)
    if write is not None and expected is not None and isinstance(expected.body, str):
        parts["body"] = "\n".join(write(request.body))
    return parts


def _gives(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    if case.input == "record":
        known = {"query": case.query, "account": case.connection, "before": case.before}
        return mapping.read(case.record, "record", call=case.call, **known)[0]
    if case.answer is None:
        return mapping.write(dict(asked.given), asked.method, account=case.connection, before=case.before, by=asked.by)
    read = {"list": records_in, "fields": definitions_in, "write": _record_of_write}.get(case.input, record_in)
    return read(mapping.compiled, asked, _answer(mapping, case, asked))


def _record_of_write(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> dict[str, Any]:
    """Return the record that the answer to a write gives; with `read_back`, the answer need not have one."""
    try:
        return record_in(mapping, asked, answer)
    except (MappingFailed, NotFound) as problem:
        if not find_operation(mapping, asked).call.read_back:
            raise
        hint = f"`read_back` reads the record of this {asked.method}: expect `created`, and the record in a case of `get`"
        raise MappingFailed(f"{problem}; {hint}") from None


def _next(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    return next_position(mapping.compiled, asked, _answer(mapping, case, asked))


def _created(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    return created_id(mapping.compiled, asked, _answer(mapping, case, asked))


def _is_new(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    return is_new_in(mapping.compiled, asked, _answer(mapping, case, asked))


def _version(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    if case.answer is not None:
        return version_in(mapping.compiled, asked, _answer(mapping, case, asked))
    return record_version(mapping.compiled, case.record, {"account": case.connection, "query": case.query or {}})


def _warnings(mapping: EmbeddedMapping, case: Case, asked: Asked) -> Any:
    if case.input == "list":
        return [{"code": code, "message": message} for code, message in list_warnings(mapping.compiled, asked)]
    item = case.record if case.answer is None else object_in(mapping.compiled, asked, _answer(mapping, case, asked))
    known = {"account": case.connection, "query": asked.values(mapping.compiled), "call": case.call}
    notes = record_notes(mapping.compiled, item, known)
    return [{"code": one.code, "fields": list(one.fields)} for one in notes]


MAKERS: dict[str, Maker] = {
    "sends": _sends,
    "gives": _gives,
    "next": _next,
    "created": _created,
    "is_new": _is_new,
    "version": _version,
    "warnings": _warnings,
}
"""Name of an expectation → what the case results in."""
