"""Salesforce's refusals: a list with one `{message, errorCode, fields}`; OAuth's own form for tokens."""

from unified_sandbox.standin import Answer, Record, Refused

_WORDS: dict[str, tuple[int, str, str]] = {
    "missing_credentials": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "invalid_credentials": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "expired_token": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "revoked_token": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "not_found": (404, "NOT_FOUND", "The requested resource does not exist"),
    "method_not_allowed": (405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed for this resource"),
    "invalid_json": (400, "JSON_PARSER_ERROR", "The body is not a JSON object"),
    "rate_limited": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "server_error": (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
}
"""What the framework finds wrong, in Salesforce's words; being over the limit is a 403, not a 429."""


class Problem(Exception):
    """What is wrong with a record, so that both the single and the collection call can say it in their form."""

    def __init__(self, code: str, message: str, *fields: str, status: int = 400) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)

    def refused(self) -> Refused:
        """Return the answer of a call for one record."""
        body: Record = {"message": self.message, "errorCode": self.code}
        return Refused(Answer(self.status, [body | ({"fields": self.fields} if self.fields else {})]))

    def entry(self) -> Record:
        """Return the entry of a collection's answer, which is a 200 all the same."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields}
        return {"success": False, "errors": [error]}


def refuse(status: int, code: str, message: str) -> Answer:
    """Return the framework's refusals; a fault keeps the status that was ordered."""
    known = _WORDS.get(code)
    if known is None:
        return Answer(status, [{"message": message, "errorCode": "UNKNOWN_EXCEPTION"}])
    return Answer(known[0], [{"message": known[2], "errorCode": known[1]}])


def missing() -> Refused:
    """Return the 404 of a record or object that is not there."""
    return Problem("NOT_FOUND", "The requested resource does not exist", status=404).refused()
