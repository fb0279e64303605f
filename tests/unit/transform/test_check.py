"""What a mapping file may not say: each refusal names file, line and column, what came and what is known."""

import pytest

from unified.errors.configuration import CatalogError

RECORD = 'record: |\n  {"id": id, "first_name": first}\n'
LIST = "list: [{request: GET /c, items: data}]\n"
UPSERT = "write: '{\"mail\": emails[0].email}'\n"
WRITES = UPSERT + "create: {request: POST /c}\nupdate: {request: 'PATCH /c/{id}'}\n"
CASES: list[tuple[str, str, str]] = [
    ("syntax", 'record: |\n  {"id": id,\n   "name" name}\n', "3:11: not valid JSONata: "),
    ("syntax in a call", RECORD + "get: {request: GET /c, query: 'a.'}\n", "3:34: not valid JSONata: "),
    ("escaped syntax", RECORD + 'get: {request: GET /c, query: "{\\"a\\" 1}"}\n', "3:39: not valid JSONata: "),
    ("verb", RECORD + "get: {request: FETCH /c}\n", "3:16: expected one of GET, POST, PUT, PATCH, DELETE and a path beginning with / (parameters go to `query`), got `FETCH /c`"),
    ("query in the path", RECORD + "get: {request: 'GET /c?a=1'}\n", "3:17: expected one of GET, POST, PUT, PATCH, DELETE and a path beginning with / (parameters go to `query`), got `GET /c?a=1`"),
    ("no object", "record: name\n", "1:9: expected an object constructor `{…}`: one record in, one record out"),
    ("field", 'record: |\n  {"id": id,\n   "first_nam": first}\n', "3:4: crm.contacts has no field `first_nam`. Did you mean 'first_name'? Known: account_id, "),
    ("function", 'record: |\n  {"id": $trimm(id)}\n', "2:10: unknown function $trimm. Did you mean 'trim'? Known: "),
    ("variable", 'record: |\n  {"id": $acount.id}\n', "2:10: unknown variable $acount. Did you mean 'account'? Known here: account, call, query"),
    ("variable of another place", 'record: |\n  {"id": $limit}\n', "2:10: unknown variable $limit. Known here: account, call, query"),
    ("written field", RECORD + 'write: |\n  {"a": frist_name}\n', "4:9: crm.contacts has no field `frist_name` to write from. Did you mean 'first_name'? Known: "),
    ("query root", RECORD + 'list:\n  - request: GET /c\n    query: |\n      {"a": updated_afte}\n', "6:13: the common query has no `updated_afte`. Did you mean 'updated_after'? Known: "),
    ("no way", RECORD + "get: {item: data}\n", "3:6: expected one of `request` and `from`, got none of them"),
    ("two ways", RECORD + "get: {request: GET /c, from: list}\n", "3:6: expected one of `request` and `from`, got both"),
    ("sort", RECORD + "list: [{request: GET /c, sort: {first_nam: a}}]\n", "3:32: crm.contacts has no field `first_nam`. Did you mean 'first_name'?"),
    ("required", RECORD + "create: {request: POST /c, required: [frst_name]}\n", "3:38: crm.contacts has no field `frst_name`. Did you mean 'first_name'?"),
    ("imprecise", RECORD + "list: [{request: GET /c, imprecise: [updated_after]}]\n", "3:37: `updated_after` is not read by this call, so there is nothing to apply again. Read: "),
    ("read back", RECORD + "create: {request: POST /c, read_back: true}\n", "3:39: `read_back` needs a `get` call in this file"),
    ("page key missing", RECORD + "list: [{request: GET /c, pagination: {type: keyset, send: query.a}}]\n", "3:38: pagination type keyset needs `field`"),
    ("page key too many", RECORD + "list: [{request: GET /c, pagination: {total: t}}]\n", "3:46: `total` is not a key of type cursor"),
    ("path name", RECORD + "get: {request: 'GET /c/{contact}'}\n", "3:17: `{contact}` is neither a field of crm.contacts nor a part of the id."),
    ("unreachable", RECORD + "list:\n  - request: GET /a\n  - request: GET /b\n", "5:5: unreachable: an earlier list call without `when` is always taken; give this one a `when` or put it last"),
    ("last with when", RECORD + "list:\n  - {request: GET /a, when: search}\n", "4:29: the last list call has no `when`: it takes what is left"),
    ("chain", RECORD + "list:\n  - {name: one, request: GET /a}\n  - {from: [one, two]}\n", "5:12: no list call is named `two`. Known: one"),
    ("custom name", RECORD + "custom_methods:\n  list: {request: POST /a}\n", "4:3: `list` cannot be a custom method: expected a word of a-z, 0-9 and _ (at most 30 characters) that is not one of list, get, create, update, upsert, delete"),
    ("custom word", RECORD + "custom_methods:\n  two words: {request: POST /a}\n", "4:3: `two words` cannot be a custom method: expected a word of a-z, 0-9 and _ (at most 30 characters) that is not one of list, get, create, update, upsert, delete"),
    ("upsert alone", RECORD + UPSERT + "upsert: {email: {request: PUT /c, is_new: $status = 201}}\n", "4:1: an upsert needs `create` and `update` in this file: it does what they do, in one request"),
    ("upsert key", RECORD + WRITES + "upsert: {mail: {request: PUT /c, is_new: $status = 201}}\n", "6:10: crm.contacts has no field `mail` to find a record by. Did you mean 'email'? Known: account_id, "),
    ("upsert key by another name", RECORD + WRITES + "upsert: {emails: {request: PUT /c, is_new: $status = 201}}\n", "6:10: the key of an upsert has the name of the filter on the same field: rename `emails` to `email`"),
    ("upsert key not sent", RECORD + WRITES + "upsert: {title: {request: PUT /c, is_new: $status = 201}}\n", "6:10: `title` is not sent by this call, so the provider cannot find the record by it. Sent: emails"),
    ("upsert key read only", RECORD + WRITES + "upsert: {web_url: {request: PUT /c, is_new: $status = 201}}\n", "6:10: `web_url` is not sent by this call, so the provider cannot find the record by it. Sent: emails"),
    ("upsert is_new", RECORD + WRITES + "upsert: {email: {request: PUT /c}}\n", "6:10: an upsert needs `is_new`: `$status = 201`, what the answer says, or `null` if it does not say it"),
    ("upsert then", RECORD + WRITES + "get: {request: 'GET /c/{id}'}\nupsert: {email: {request: PUT /c, is_new: 'null', read_back: true}}\n", "7:51: `read_back` needs `new_id`, the id of the record"),
    ("upsert variable", RECORD + WRITES + "upsert: {email: {request: PUT /c, is_new: $code = 201}}\n", "6:43: unknown variable $code. Known here: account, headers, query, status"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_does_not_hold_is_named_with_its_place(catalog, text: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog(text)
    expected = f"mappings/acme/crm.contacts.yaml:{message}"
    found = str(caught.value)
    assert found.startswith(expected) if message.endswith((" ", ", ")) else found == expected


def test_a_mapping_that_holds_is_served(catalog) -> None:
    assert catalog(RECORD + LIST).mappings() == (("acme", "crm.contacts"),)
