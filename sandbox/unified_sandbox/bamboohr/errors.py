"""BambooHR's refusals: most calls answer no body and say why in a header, newer ones answer `{error: {code, message}}`."""

from unified_sandbox.standin import Answer, Handler, Incoming, Refused, State

HEADER = "X-BambooHR-Error-Message"


def refuse(status: int, _code: str, message: str) -> Answer:
    """Return the older form: an empty body, the reason in a header."""
    return Answer(status, None, {HEADER: message.encode("ascii", "replace").decode()})


def refused(status: int, message: str) -> Refused:
    """Return the older form, to be raised."""
    return Refused(refuse(status, "", message))


def bad_request(message: str, code: str | int = "BadRequest") -> Refused:
    """Return the newer form of the employee list and of time tracking, to be raised."""
    return refused_in_body(400, code, message)


def refused_in_body(status: int, code: str | int, message: str) -> Refused:
    """Return the newer form with another status."""
    return Refused(Answer(status, {"error": {"code": code, "message": message}}))


def json_wanted(handler: Handler) -> Handler:
    """Refuse an older call without `Accept: application/json` or `format=json`, which BambooHR answers in XML."""

    def answer(request: Incoming, state: State) -> Answer:
        found = handler(request, state)
        if "json" in request.headers.get("accept", "") or request.query.get("format", "").lower() == "json":
            return found
        xml = b'<?xml version="1.0"?>\n<result/>\n'
        return Answer(found.status, xml, {**found.headers, "content-type": "text/xml"})

    return answer
