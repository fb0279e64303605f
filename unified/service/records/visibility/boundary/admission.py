"""Records on their way to a caller: those outside are left out, and of the others the records in them that lie outside."""

from collections.abc import Sequence
from typing import Any

from unified.service.records.visibility.boundary.membership import BoundaryCheck, contains, look_up_others, placement
from unified.service.records.visibility.boundary.nested import Nested, nested_records, without_outside_records

Record = dict[str, Any]


async def admit_records(check: BoundaryCheck, records: Sequence[Record | None]) -> list[Record | None]:
    """Return each of a page's records that lies inside, without those in it that do not; None for all others.

    Most are placed by what they name themselves; only the others are looked up, and wait for it.

    Raises:
        UnsupportedFilter: the records belong to more others than are looked up for one answer.
    """
    await look_up_others(check, [one for one in records if one is not None])
    place, nested = placement(check), nested_records(check)
    admitted: list[Record | None] = []
    for one in records:
        is_inside = False if one is None else place(one)
        if one is None or is_inside is False:
            admitted.append(None)
        elif is_inside and not nested:
            admitted.append(one)
        else:
            admitted.append(await _admitted(check, one, is_inside, nested))
    return admitted


async def admit_record(check: BoundaryCheck, record: Record) -> Record | None:
    """Return one record as `admit_records` does."""
    return await _admitted(check, record, None, nested_records(check))


async def _admitted(check: BoundaryCheck, record: Record, is_inside: bool | None, nested: Nested) -> Record | None:
    """Return a record if it lies inside, without those in it that do not; look it up if that is not known."""
    if not (await contains(check, record) if is_inside is None else is_inside):
        return None
    return await without_outside_records(check, record, nested) if nested else record
