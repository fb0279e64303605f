"""Create, update and delete with the bodies of the scenarios: what was sent is read back, null clears, the rest is refused."""

import pytest

from tests.cases import showcase
from tests.conformance.known import allowed, require_known
from tests.conformance.subjects import mapping, scenario, subjects
from unified.errors.providers import ProviderForbidden, ProviderValidation
from unified.errors.requests import NotFound, ReadOnlyField, ScanLimit, UnsupportedField, ValidationFailed
from unified.errors.writes import Conflict

pytestmark = pytest.mark.asyncio(loop_scope="session")
CREATED = [one for one in subjects("create") if "create" in scenario(one)]
REFUSED = (ProviderValidation, ProviderForbidden, Conflict, ValidationFailed)


def kept(sent, read):
    """Whether what was sent is what is read, where it was given."""
    if isinstance(sent, dict):
        return isinstance(read, dict) and all(kept(value, read.get(name)) for name, value in sent.items())
    if isinstance(sent, list):
        return isinstance(read, list) and all(any(kept(one, other) for other in read) for one in sent)
    if sent is None:
        return read in (None, [], {}, "")
    if isinstance(sent, str) and isinstance(read, str):
        return sent.rstrip("Z") == read.rstrip("Z") or sent.split() == read.split()
    return sent == read or (isinstance(read, str) and str(sent) == read)


def require_kept(subject, sent, read, told):
    """Fail for fields that do not come back as they were sent, and have no reason."""
    lost = {name: f"sent {value}, read {read.get(name)}" for name, value in sent.items() if not kept(value, read.get(name))}
    unknown = {name: one for name, one in lost.items() if name not in allowed("written", subject)}
    require_known("written", subject, lost, f"{told} ({unknown})", all_needed=False)


@pytest.mark.parametrize("subject", showcase(CREATED, lambda one: one.provider))
async def test_life_of_a_record(changing, subject):
    methods = mapping(subject).methods
    body = scenario(subject)["create"]
    made = await changing.create(subject, body)
    assert list(made) == [field.name for field in mapping(subject).model.fields]
    require_kept(subject, body, made, "a create does not come back as it was sent")
    if "get" in methods:
        got = await changing.get(subject, made["id"])
        other = {name for name in made if got[name] != made[name]}
        require_known("written", subject, other, "the answer to a create is another record than a get", all_needed=False)
    if "update" in methods:
        change = scenario(subject)["update"]
        updated = await changing.update(subject, made["id"], change)
        assert updated["id"] == made["id"]
        require_kept(subject, change, updated, "an update does not come back as it was sent")
        rest = {name: made.get(name) for name in body if name not in change}
        require_kept(subject, rest, updated, "an update changes what it does not name")
    if "delete" in methods:
        await changing.delete(subject, made["id"])
        if "get" in methods:
            await gone(changing, subject, made["id"])


async def gone(changing, subject, record_id):
    """Deleted is not found, or said to be deleted where the provider still tells it."""
    try:
        record = await changing.get(subject, record_id)
    except (NotFound, ScanLimit):
        return
    assert record["is_deleted"] is True


def scalar(subject):
    """Fields of one value that an update can send."""
    compiled = mapping(subject)
    writable = compiled.write_calls.writable("update") - set(compiled.write_calls.required("create"))
    single = (
        one
        for one in compiled.model.fields
        if one.kind not in {"object", "map", "any"} and not one.is_list and one.access == "rw"
    )
    return [one for one in single if one.name in writable and not one.required]


def another(body, word="other"):
    """The body with another name and other e-mail addresses, since there can be only one record with each."""
    if isinstance(body, dict):
        return {name: f"{one} {word}" if name == "name" else another(one, word) for name, one in body.items()}
    if isinstance(body, list):
        return [another(one, word) for one in body]
    return f"{word}.{body}" if isinstance(body, str) and "@" in body and "<" not in body else body


@pytest.mark.parametrize(
    "subject", showcase([one for one in CREATED if "update" in mapping(one).methods], lambda one: one.provider)
)
async def test_each_field_is_written_and_cleared(changing, subject):
    """Values of other records are taken over one by one; what the provider itself refuses is no fault of the mapping."""
    donors = list((await changing.whole(subject)).values())
    made = await changing.create(subject, another(scenario(subject)["create"]))
    donors = [one for one in donors if one.get("type") == made.get("type")]
    problems, written = {}, set()
    for field in scalar(subject):
        value = next((one[field.name] for one in donors if one[field.name] not in (None, made[field.name])), None)
        for sent in (value, None) if value is not None else ():
            try:
                read = (await changing.update(subject, made["id"], {field.name: sent}))[field.name]
            except REFUSED:
                continue
            written.add(field.name)
            if not kept(sent, read):
                problems[field.name] = f"sent {sent}, read {read}"
    require_known("written", subject, problems, f"a field does not come back as it was sent ({problems})", all_needed=False)
    assert written or not scalar(subject)


@pytest.mark.parametrize("subject", subjects("create"), ids=str)
async def test_what_cannot_be_written_is_refused_unsent(changing, subject):
    compiled = mapping(subject)
    body = scenario(subject).get("create", {})
    settable = {
        one.name: [] if one.is_list else None for one in compiled.model.fields if one.access != "ro" and not one.required
    }
    unwritable = sorted(settable.keys() - compiled.write_calls.writable("create") - {"custom_fields", "mapped_fields"})
    before = await changing.mark()
    with pytest.raises(ValidationFailed):
        await changing.create(subject, {**body, "no_such_field": "x"})
    with pytest.raises(ReadOnlyField) as caught:
        await changing.create(subject, {**body, "id": "1"})
    assert caught.value.errors[0].pointer == "/id"
    for name in unwritable[:2]:
        with pytest.raises(UnsupportedField):
            await changing.create(subject, {**body, name: settable[name]})
    came = await changing.reached(subject.provider, before)
    reached = [one for one in came if one["method"] != "GET" and one["operation"] != "query"]
    assert reached == []


def many(subject):
    """List fields that an update can send."""
    compiled = mapping(subject)
    writable = compiled.write_calls.writable("update") - set(compiled.write_calls.required("create"))
    return [one for one in compiled.model.fields if one.is_list and one.access == "rw" and one.name in writable]


@pytest.mark.parametrize("subject", [one for one in CREATED if "update" in mapping(one).methods and many(one)], ids=str)
async def test_each_list_is_written_and_cleared(changing, subject):
    """One entry and none: null and an empty list are the same; what the provider refuses is no fault of the mapping."""
    donors = list((await changing.whole(subject)).values())
    made = await changing.create(subject, another(scenario(subject)["create"], "list"))
    problems = {}
    for field in many(subject):
        entries = next((one[field.name] for one in donors if one[field.name]), [])[:1]
        for sent in (entries, [], entries, None) if entries else ():
            try:
                read = (await changing.update(subject, made["id"], {field.name: another(writable_part(field, sent))}))[
                    field.name
                ]
            except REFUSED:
                continue
            if (sent and not kept(another(writable_part(field, sent)), read)) or (not sent and read not in ([], None)):
                problems.setdefault(field.name, {})[str(sent)] = f"read {read}"
    require_known("written", subject, problems, f"a list does not come back as it was sent ({problems})", all_needed=False)


def writable_part(field, entries):
    """The entries with what can be written of them."""
    if entries is None or field.kind != "object":
        return entries
    names = {one.name for one in field.nested if one.access == "rw"}
    return [{name: value for name, value in one.items() if name in names and value is not None} for one in entries]


@pytest.mark.parametrize("subject", subjects("list", "update"), ids=str)
async def test_an_empty_update_sends_nothing(changing, subject):
    record_id = next(iter(await changing.whole(subject)))
    before = await changing.mark()
    with pytest.raises(ValidationFailed, match="expected at least one field"):
        await changing.update(subject, record_id, {})
    assert await changing.reached(subject.provider, before) == []
