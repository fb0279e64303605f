"""Zendesk's error bodies: `{error, description, details}`, and `{errors: [{code, title, detail}]}` for paging."""

from typing import Any

from unified_sandbox.standin import Answer, Refused

_TOKEN = "The access token provided is expired, revoked, malformed or invalid for other reasons."  # noqa: S105


def refuse(status: int, code: str, message: str) -> Answer:
    """Return Zendesk's error for one of the framework's codes; others are Zendesk's own words already."""
    body: dict[str, Any] = {"error": code, "description": message}
    if code in {"missing_credentials", "invalid_credentials"}:
        body = {"error": "Couldn't authenticate you"}
    elif code in {"expired_token", "revoked_token"}:
        body = {"error": "invalid_token", "error_description": _TOKEN}
    elif code in {"not_found", "method_not_allowed"}:
        body = {"error": "InvalidEndpoint", "description": "Not found"}
    elif code == "rate_limited":
        body = {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
    elif code in {"server_error", "fault"}:
        body = {"error": {"title": "Sorry, something went wrong", "message": message}}
    elif code == "invalid_json":
        body = {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}
    return Answer(status, body)


def not_found() -> Refused:
    """Return the 404 of a record that is not there, or is deleted."""
    return Refused(refuse(404, "RecordNotFound", "Not found"))


def bad_request(code: str, message: str) -> Refused:
    """Return a 400 with Zendesk's word for it."""
    return Refused(refuse(400, code, message))


def bad_page(detail: str) -> Refused:
    """Return the 400 of a paging parameter."""
    error = {"code": "InvalidPaginationParameter", "title": "Invalid pagination parameter", "detail": detail}
    return Refused(Answer(400, {"errors": [error]}))


def bad_search(message: str) -> Refused:
    """Return the 422 of a search that cannot be read."""
    return Refused(refuse(422, "invalid", f"Invalid search: {message}"))


def invalid(**problems: tuple[str, str]) -> Refused:
    """Return the 422 of a write: field -> description and Zendesk's word for the problem."""
    details = {name: [{"description": text, "error": word}] for name, (text, word) in problems.items()}
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return Refused(Answer(422, body))
