"""vcrpy set up for this project: matched on everything that is sent, secrets left out by an allow-list, bodies readable."""

import json
from pathlib import Path
from typing import Any

import vcr
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.serialize import deserialize, serialize

from tests.cassettes.bodies import closed, opened, plain_type, type_of
from tests.cassettes.files import read_step, write_step

KEPT_OF_REQUEST = frozenset({"content-type", "accept", "sforce-query-options", "x-atlassian-token", "soapaction"})
KEPT_OF_RESPONSE = frozenset({"content-type", "etag", "link", "location", "retry-after", "x-total-count", "x-total-pages"})


def _request(request: Any) -> Any:
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_OF_REQUEST}
    return request


def _response(response: dict[str, Any]) -> dict[str, Any]:
    kept = {name.lower(): value for name, value in response["headers"].items() if name.lower() in KEPT_OF_RESPONSE}
    return {**response, "headers": kept}


class ReadableBodies:
    """Bodies as values, so that a change shows as a change of a value."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        interactions = [
            {
                "request": _plain(one["request"], opened(one["request"]["body"], type_of(one["request"]["headers"]))),
                "response": {
                    **one["response"],
                    "body": opened(one["response"]["body"].get("string"), type_of(one["response"]["headers"])),
                },
            }
            for one in cassette["interactions"]
        ]
        return json.dumps(interactions, ensure_ascii=False, sort_keys=True)

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        interactions = json.loads(text)
        for one in interactions:
            one["request"]["body"] = closed(one["request"]["body"])
            one["response"]["body"] = {"string": closed(one["response"]["body"]) or b""}
        return {"interactions": interactions, "version": 1}


class StepsOfAFile:
    """Cassettes by `file#step`: a file holds the steps of one model."""

    @staticmethod
    def load_cassette(name: str | Path, serializer: Any) -> Any:
        path, _, step = str(name).rpartition("#")
        found = read_step(Path(path), step)
        if found is None:
            raise CassetteNotFoundError
        return deserialize(json.dumps(found["calls"]), serializer)

    @staticmethod
    def save_cassette(name: str | Path, cassette: dict[str, Any], serializer: Any) -> None:
        path, _, step = str(name).rpartition("#")
        write_step(Path(path), step, {"calls": json.loads(serialize(cassette, serializer))})


def _plain(request: dict[str, Any], body: Any) -> dict[str, Any]:
    headers = {
        name: [plain_type(one) for one in value] if isinstance(value, list) else plain_type(value)
        for name, value in request["headers"].items()
    }
    return {**request, "headers": headers, "body": body}


def _same_body(one: Any, other: Any) -> None:
    left, right = (opened(request.body, type_of(request.headers)) for request in (one, other))
    assert left == right, f"body: recorded {right}, sent {left}"


TAPE = vcr.VCR(
    match_on=["method", "scheme", "host", "port", "path", "query", "same_body"],
    before_record_request=_request,
    before_record_response=_response,
    serializer="readable",
    decode_compressed_response=True,
)
TAPE.register_serializer("readable", ReadableBodies)
TAPE.register_persister(StepsOfAFile)
TAPE.register_matcher("same_body", _same_body)
