"""`ETag` and `If-Match` (RFC 9110, 8.8.3 and 13.1.1): the version of a record, with it and in front of a change."""

from unified.api.requests.context import Context
from unified.api.requests.headers import header_lines
from unified.errors.requests import MalformedRequest
from unified.service.records.calls.call import Call
from unified.service.records.reading.versions import is_version, shown_version

ANY = "*"


def version_headers(call: Call, record_id: str) -> dict[str, str]:
    """Return the header with the version of a record; none where it has no version."""
    version = shown_version(call, record_id)
    return {} if version is None else {"ETag": f'"{version}"'}


def version_asked(context: Context) -> str | None:
    """Return the version that `If-Match` names; None without the header, and for `*`, which any record fulfils.

    Raises:
        MalformedRequest: it is not one entity tag as a record had it.
    """
    lines = header_lines(context.request, "if-match")
    if not lines or lines == [ANY]:
        return None
    tag = lines[0].strip() if len(lines) == 1 else ""
    version = tag[1:-1]
    if tag != f'"{version}"' or not is_version(version):
        raise MalformedRequest('If-Match: expected the one ETag that came with the record, with its quotes ("…"), or *')
    return version
