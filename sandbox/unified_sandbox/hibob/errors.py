"""HiBob's error bodies: `{key, error}`, with the arguments of the message beside."""

from unified_sandbox.standin import Answer, Refused

_KEYS = {
    "missing_credentials": "unauthorized",
    "invalid_credentials": "unauthorized",
    "expired_token": "unauthorized",
    "revoked_token": "unauthorized",
    "not_found": "notFound",
    "method_not_allowed": "methodNotAllowed",
    "invalid_json": "bad-request.body",
    "rate_limited": "too-many-requests",
    "server_error": "internal-error",
    "fault": "internal-error",
}


def refuse(status: int, code: str, message: str) -> Answer:
    """Return HiBob's error with a key; the framework's codes are translated, others are keys already."""
    return Answer(status, {"key": _KEYS.get(code, code), "args": {}, "error": message})


def invalid(key: str, message: str) -> Refused:
    """Return the 400 of a request that breaks a rule."""
    return Refused(refuse(400, key, message))


def not_found(what: str) -> Refused:
    """Return the 404 of a thing that is not there."""
    return Refused(refuse(404, "notFound", f"{what} was not found"))
