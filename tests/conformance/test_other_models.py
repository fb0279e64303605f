"""Several models in one kind of object: what the list of one leaves out is not there by its id either, and is left alone.

Zendesk's users are agents and contacts, Pipedrive's activities and Salesforce's tasks are tasks and engagements, HubSpot's notes
are those of tickets and others. Whoever may use only one of the models must not reach the records of the other.
"""

import itertools
import re
from contextlib import suppress

import pytest

from tests.conformance.known import allowed, require_known
from tests.conformance.subjects import mapping, parents, scenario, subjects
from unified.errors.requests import InvalidId, NotFound, ValidationFailed
from unified.transform.calls.path import names_in

pytestmark = pytest.mark.asyncio(loop_scope="session")
TRIED = 3
"""Records of the other model that are tried."""
NAME = re.compile(r"\{(\w+)\}")


def place(subject):
    """Where a record is read; None where the path does not say which one, or names an object of its own."""
    request = mapping(subject).operation("get").call.request or ""
    path = request.partition("?")[0]
    return path if "{" in path and not mapping(subject).model.path_parameters else None


def path_of(subject, record_id):
    """The path of one record."""
    values = mapping(subject).id_values(record_id)
    return NAME.sub(lambda name: values[name[1]], place(subject))


def id_at(subject, path):
    """The id by which a model reads this path; None if it cannot, or needs more than the path."""
    pattern = "".join(f"(?P<{part}>[^/]+)" if place else re.escape(part) for place, part in _parts(place(subject)))
    found = re.fullmatch(pattern, path)
    template = mapping(subject).id_template
    values = {} if found is None else found.groupdict()
    if not _names(subject) <= values.keys():
        return None
    return values["id"] if template is None else template.build([values[name] for name in template.names()])


def _parts(path):
    """The texts and the names of a path, in order."""
    return [(index % 2 == 1, part) for index, part in enumerate(NAME.split(path))]


def may_meet(one, other):
    """Whether some path is one of both models."""
    left, right = place(one).split("/"), place(other).split("/")
    if len(left) != len(right) or set(names_in(place(one))) - _names(one):
        return False
    return all(a == b or "{" in a or "{" in b for a, b in zip(left, right, strict=True))


def _names(subject):
    template = mapping(subject).id_template
    return {"id"} if template is None else set(template.names())


def pairs():
    listed = [one for one in subjects("list", "get") if place(one)]
    same = [
        (one, other)
        for one, other in itertools.permutations(listed, 2)
        if one.provider == other.provider and may_meet(one, other)
    ]
    return [pytest.param(*pair, id=f"{pair[0]}-{pair[1].model}") for pair in same]


async def is_listed(world, subject, record):
    """Whether the list has a record, under the parents that it names."""
    given = {f"filter[{name}]": record[name] for name in parents(subject) if record.get(name)}
    return record["id"] in {one["id"] for one in await world.read(subject, **given)}


@pytest.mark.parametrize(("subject", "other"), pairs())
async def test_a_record_of_another_model_is_not_read_changed_or_deleted_by_its_id(changing, subject, other):
    shown, tried = await changing.pool(subject), 0
    for other_id in await changing.whole(other):
        record_id = id_at(subject, path_of(other, other_id))
        if record_id is None or record_id in shown:
            continue
        with suppress(NotFound, InvalidId):
            found = await changing.get(subject, record_id)
            listed = await is_listed(changing, subject, found)
            told = f"a record that the list leaves out is read by its id, {record_id}"
            require_known("found_by_id", subject, [] if listed else [subject.model], told, all_needed=False)
            if not allowed("found_by_id", subject):
                continue
        before = await changing.get(other, other_id)
        for method in {"update", "delete"} & set(mapping(subject).methods):
            with suppress(NotFound, InvalidId, ValidationFailed):
                if method == "update":
                    await changing.update(subject, record_id, scenario(subject)["update"])
                else:
                    await changing.delete(subject, record_id)
            assert await changing.get(other, other_id) == before, (method, record_id)
        tried += 1
        if tried == TRIED:
            break
