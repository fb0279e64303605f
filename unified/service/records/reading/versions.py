"""Versions of records: a change of a record that a caller has read is refused if the record has changed since.

Callers get a version as an `ETag` and send it back; where the provider compares versions itself, the mapping sends the one that
the caller names, and everywhere else the record is read again right before the write.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from unified.errors.access import FieldHidden
from unified.errors.providers import NotSupported
from unified.errors.requests import ValidationFailed
from unified.errors.writes import VersionConflict
from unified.models import MAKING, UPSERT
from unified.service.records.calls.call import Call, get_call
from unified.service.records.reading.getting import get_record
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import Query
from unified.transform.record_metadata import shows_version

PLAIN = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"
"""Characters besides letters and digits that a version keeps; the rest is percent-encoded, so that it fits into an `ETag`."""

MAX_CHARACTERS = 600
"""Characters of a version as callers get it."""
VERSION_CHARACTERS = "[!#-~]"
"""The characters of a version as callers get it: those that an entity tag may have between its quotes (RFC 9110, 8.8.3)."""
_VERSION = re.compile(f"{VERSION_CHARACTERS}{{1,{MAX_CHARACTERS}}}")
_NO_VERSION = {
    "create": "a create takes none, as there is no record yet that could have changed",
    UPSERT: "an upsert takes none (If-Match), as only the provider knows which record it finds: update the record by its id",
}


def shown_version(call: Call, record_id: str) -> str | None:
    """Return the version of a record that this call read or wrote, as callers see it; None if it has none."""
    version = call.versions.get(record_id)
    return quote(version, safe=PLAIN) if version is not None and _shows_version(call) else None


def is_version(text: str) -> bool:
    """Return whether a text can be the version of a record, however the caller names it: `If-Match`, a batch or a tool."""
    return _VERSION.fullmatch(text) is not None


def version_binding(version: str | None) -> dict[str, Any]:
    """Return the binding of `$version`: the caller's version, as the provider wrote it; missing without one."""
    return {} if version is None else {"version": unquote(version)}


def check_version(call: Call, method: str, version: str | None) -> None:
    """Refuse a version that could not be compared, before anything is sent.

    Raises:
        ValidationFailed: it can be no record's version; or of a create and an upsert, the caller has read no record that could
            have changed.
        NotSupported: the mapping does not know versions.
        FieldHidden: something of the record is hidden from the caller, and the version would reveal its changes.
    """
    if version is None:
        return
    model = call.mapping.model.id
    if not is_version(version):
        raise ValidationFailed.at(
            "version", f"expected the version that came with the record, unchanged; leave it out to {method} any version"
        )
    if method in MAKING:
        raise ValidationFailed(f"version: {model}: {_NO_VERSION[method]}")
    if call.mapping.version is None:
        title = call.mapping.provider.title
        raise NotSupported(f"{title} does not report versions of {model}: send the {method} without a version (If-Match)")
    if not _shows_version(call):
        raise FieldHidden(f"{model}: the version depends on hidden fields: send the {method} without a version (If-Match)")


async def require_version(
    call: Call, record_id: str, path: dict[str, str], version: str | None, first: Operation | None
) -> None:
    """Check that a record still has the version that a caller names, unless the write's own request has the provider do so.

    Raises:
        VersionConflict: it has another one.
        UnifiedError: what reading the record raises.
    """
    if version is None or (first is not None and first.sends_version):
        return
    seen = msgspec.structs.replace(call.visibility, hidden=frozenset())
    reading = msgspec.structs.replace(get_call(call, visibility=seen), versions={})
    await get_record(reading, record_id, Query(path=tuple(path.items()), fields=("id",)))
    if reading.versions.get(record_id) != unquote(version):
        raise VersionConflict(
            f"{call.mapping.model.id}: the record has changed since this version of it was read, and nothing was sent: "
            "read it again, then repeat the change with its new version if it is still wanted"
        )


def _shows_version(call: Call) -> bool:
    return shows_version(call.mapping, call.visibility.hidden, is_partial=bool(call.visibility.inside))
