"""HubSpot's error bodies: `{status, message, correlationId, category, …}`."""

import uuid
from typing import Any

from unified_sandbox.standin import Answer, Refused

_CATEGORIES = {
    "missing_credentials": "INVALID_AUTHENTICATION",
    "invalid_credentials": "INVALID_AUTHENTICATION",
    "expired_token": "EXPIRED_AUTHENTICATION",
    "revoked_token": "INVALID_AUTHENTICATION",
    "not_found": "OBJECT_NOT_FOUND",
    "method_not_allowed": "METHOD_NOT_ALLOWED",
    "invalid_json": "VALIDATION_ERROR",
    "rate_limited": "RATE_LIMITS",
    "server_error": "INTERNAL_ERROR",
    "fault": "INTERNAL_ERROR",
}


def refuse(status: int, code: str, message: str) -> Answer:
    """Return HubSpot's error with a category; the framework's codes are translated, others are categories already."""
    body: dict[str, Any] = {
        "status": "error",
        "message": message,
        "correlationId": str(uuid.uuid4()),
        "category": _CATEGORIES.get(code, code),
    }
    if status == 429:
        body |= {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
    return Answer(status, body)


def not_found() -> Refused:
    """Return the 404 of a record that is not there, or is archived."""
    return Refused(refuse(404, "OBJECT_NOT_FOUND", "resource not found"))


def invalid(message: str, errors: list[dict[str, Any]] | None = None) -> Refused:
    """Return the 400 of a request that breaks a rule; `errors` names each place."""
    answer = refuse(400, "VALIDATION_ERROR", message)
    return Refused(Answer(400, answer.body | ({"errors": errors} if errors else {})))


def property_error(name: str, code: str, message: str) -> dict[str, Any]:
    """Return one place of a refused write."""
    return {"message": message, "code": code, "context": {"propertyName": [name]}}


def oauth_refuse(status: int, error: str, description: str) -> Answer:
    """Return the token endpoint's error: RFC 6749's names beside HubSpot's own."""
    names = {"invalid_grant": "BAD_REFRESH_TOKEN", "invalid_client": "BAD_CLIENT_ID"}
    body = {
        "status": names.get(error, "BAD_GRANT_TYPE"),
        "message": description,
        "error": error,
        "error_description": description,
        "correlationId": str(uuid.uuid4()),
    }
    return Answer(400 if error == "invalid_client" else status, body)
