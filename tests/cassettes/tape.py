"""vcrpy set up for this project: matched on everything that is sent, secrets left out by an allow-list, bodies readable."""

import json
from typing import Any

import vcr
import yaml

KEPT_OF_REQUEST = frozenset({"content-type", "accept", "sforce-query-options", "x-atlassian-token"})
KEPT_OF_RESPONSE = frozenset({"content-type", "etag", "link", "location", "retry-after", "x-total-count", "x-total-pages"})


def _request(request: Any) -> Any:
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_OF_REQUEST}
    return request


def _response(response: dict[str, Any]) -> dict[str, Any]:
    kept = {name.lower(): value for name, value in response["headers"].items() if name.lower() in KEPT_OF_RESPONSE}
    return {**response, "headers": kept}


class _ReadableBodies:
    """Bodies as YAML values when they are JSON, so that a change shows as a change of a value."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        interactions = [
            {
                "request": {**one["request"], "body": _opened(one["request"]["body"])},
                "response": {**one["response"], "body": _opened(one["response"]["body"].get("string"))},
            }
            for one in cassette["interactions"]
        ]
        return yaml.safe_dump({"interactions": interactions}, allow_unicode=True, sort_keys=True, width=120)

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        cassette = yaml.load(text, Loader=yaml.CSafeLoader)  # much faster than the one in Python
        for one in cassette["interactions"]:
            one["request"]["body"] = _closed(one["request"]["body"])
            one["response"]["body"] = {"string": _closed(one["response"]["body"]) or b""}
        return {**cassette, "version": 1}


def _opened(body: Any) -> Any:
    if not body:
        return None
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    return {"json": json.loads(text)}


def _closed(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body["json"], ensure_ascii=False, separators=(",", ":")).encode()


def _same_body(one: Any, other: Any) -> None:
    left, right = (json.loads(request.body) if request.body else None for request in (one, other))
    assert left == right, f"body: recorded {right}, sent {left}"


TAPE = vcr.VCR(
    match_on=["method", "scheme", "host", "port", "path", "query", "same_body"],
    before_record_request=_request,
    before_record_response=_response,
    serializer="readable",
    decode_compressed_response=True,
)
TAPE.register_serializer("readable", _ReadableBodies)
TAPE.register_matcher("same_body", _same_body)
