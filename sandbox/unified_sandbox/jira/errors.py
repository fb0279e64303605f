"""Jira's error bodies: `{errorMessages: [text], errors: {field: text}}`."""

from collections.abc import Mapping

from unified_sandbox.standin import Answer, Refused


def refuse(status: int, code: str, message: str) -> Answer:
    """Return the answer for one of the framework's codes, or for a message of this stand-in."""
    if status == 401:
        return Answer(401, {"message": "Client must be authenticated to access this resource.", "status-code": 401})
    headers = {"Retry-After": "5", "RateLimit-Reason": "jira-burst-based"} if status == 429 else {}
    words = {
        "rate_limited": "Rate limit exceeded.",
        "invalid_json": "There was an error parsing JSON. Check that your request body is valid.",
    }
    return Answer(status, {"errorMessages": [words.get(code, message)], "errors": {}}, headers)


def invalid(message: str) -> Refused:
    """Return the 400 of a request that cannot be done."""
    return Refused(Answer(400, {"errorMessages": [message], "errors": {}}))


def invalid_fields(errors: Mapping[str, str]) -> Refused:
    """Return the 400 of a write, field by field."""
    return Refused(Answer(400, {"errorMessages": [], "errors": dict(errors)}))


def missing(message: str) -> Refused:
    """Return the 404 of a record that is not there, or not visible."""
    return Refused(Answer(404, {"errorMessages": [message], "errors": {}}))
