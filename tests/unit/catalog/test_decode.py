"""What does not fit a data file is named with its place, what came, and what is known there."""

import pytest

from unified.catalog.authentication import OAuth2
from unified.catalog.files.decode import decode, shape_of
from unified.catalog.files.source import parse_source
from unified.catalog.mapping import Call, MappingDocument
from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.errors.names import known_names

HEAD = "name: x\ntitle: X\ndocs: d\nbase_url: https://x.example\ncheck: {request: GET /me}\n"
CALL = known_names(Call.__struct_encode_fields__)
OAUTH = known_names((*OAuth2.__struct_fields__, "type"))
PAGES = "cursor, graphql, keyset, link_header, next_url, none, offset, page"

PROVIDERS = [
    ("[]\n", "f.yaml:1:1: expected a mapping of keys, got array"),
    ("", "f.yaml:1:1: expected a mapping of keys, got null"),
    ("name: x\n", "f.yaml:1:1: the file: object missing required field `title`"),
    (
        HEAD + "auth: []\ntilte: X\n",
        f"f.yaml:7:1: unknown key `tilte`. Did you mean 'title'? Known keys: {known_names(Provider.__struct_fields__)}",
    ),
    (
        HEAD + "auth:\n  - type: bearer\n    heder: X\n",
        "f.yaml:8:5: unknown key `heder`. Did you mean 'header'? Known keys: header, labels, prefix, type",
    ),
    (
        HEAD + "auth:\n  - {type: basic}\n  - type: oauth2\n    authorize_url: a\n    token_url: b\n    rotate: true\n",
        f"f.yaml:11:5: unknown key `rotate`. Did you mean 'rotates'? Known keys: {OAUTH}",
    ),
    (
        HEAD + "auth:\n  - type: berer\n",
        (
            "f.yaml:7:11: auth.0.type: invalid value 'berer'. Did you mean 'bearer'? "
            "Known: api_key, basic, bearer, client_credentials, jwt_bearer, oauth2, parts"
        ),
    ),
    (HEAD + "auth:\n  - {header: X}\n", "f.yaml:7:5: auth.0: object missing required field `type`"),
    (
        HEAD + "auth: []\npagination: {type: cursr}\n",
        f"f.yaml:7:20: pagination.type: invalid enum value 'cursr'. Did you mean 'cursor'? Known: {PAGES}",
    ),
    (
        HEAD + "auth: []\npagination:\n  type: cursor\n  snd: query.x\n",
        (
            "f.yaml:9:3: unknown key `snd`. Did you mean 'send'? Known keys: default_size, field, first, max_size, max_total, "
            "more, next, page_info, send, size, total, total_in, type"
        ),
    ),
    (
        HEAD + "auth: []\nsettings:\n  a: {title: A}\n  b: {titel: B}\n",
        (
            "f.yaml:9:7: unknown key `titel`. Did you mean 'title'? Known keys: addresses, choices, default, description, example, learned, pattern, "
            "required, title"
        ),
    ),
    (
        HEAD + "auth: []\nsettings:\n  a: {title: A}\n  b: {title: 3}\n",
        "f.yaml:9:14: settings.b.title: expected `str`, got `int`",
    ),
    *(
        (
            HEAD + f"auth: []\nsettings:\n  a: {{title: A, addresses: ['x.example/{{}}', '{wrong}']}}\n",
            (
                "f.yaml:8:46: settings.a.addresses.1: expected an address without its scheme, with one `{}` in place of the "
                f"value, such as `{{}}.lightning.force.com`, got `{wrong}`"
            ),
        )
        for wrong in ("https://x.example/{}", "x.example", "{}.x.example/{}", "{}", "x.example/{a}")
    ),
    (HEAD + "auth: []\nretry: {statuses: [502, x]}\n", "f.yaml:7:25: retry.statuses.1: expected `int`, got `str`"),
    (HEAD + "auth: []\nheaders: {A: text, B: 2}\n", "f.yaml:7:23: headers.B: expected `str`, got `int`"),
    (HEAD + "auth: []\nnulls: none\n", "f.yaml:7:8: nulls: invalid enum value 'none'. Known: ''"),
    (
        HEAD + "auth: []\ntier: bronce\n",
        "f.yaml:7:7: tier: invalid enum value 'bronce'. Did you mean 'bronze'? Known: bronze, gold, silver",
    ),
    (
        HEAD + "auth:\n  - type: oauth2\n    authorize_url: a\n    token_url: b\n    scopes: {a: [x], b: y}\n",
        "f.yaml:10:25: auth.0.scopes.b: expected `array`, got `str`",
    ),
]

MAPPINGS = [
    ("get: {request: GET /}\n", "f.yaml:1:1: the file: object missing required field `record`"),
    ("record: [a]\n", "f.yaml:1:9: record: expected `str`, got `array`"),
    ("record: 'x'\nlist: {request: GET /}\n", "f.yaml:2:7: list: expected `array`, got `object`"),
    (
        "record: 'x'\nlist:\n  - request: GET /a\n  - reqest: GET /\n",
        f"f.yaml:4:5: unknown key `reqest`. Did you mean 'request'? Known keys: {CALL}",
    ),
    (
        "record: 'x'\ncustom_methods:\n  a: {request: GET /a}\n  b: {itmes: x}\n",
        f"f.yaml:4:7: unknown key `itmes`. Did you mean 'items'? Known keys: {CALL}",
    ),
    (
        "record: 'x'\nget:\n  before:\n    a: {request: GET /a}\n    b:\n      before:\n        c: {zzz: 1}\n",
        f"f.yaml:7:13: unknown key `zzz`. Known keys: {CALL}",
    ),
    ("record: 'x'\nget:\n  sort: {a: b, c: [1]}\n", "f.yaml:3:19: get.sort.c: expected `str | object`, got `array`"),
    (
        "record: 'x'\nget: {from: lists}\n",
        "f.yaml:2:13: get.from: invalid enum value 'lists'. Did you mean 'list'? Known: list",
    ),
    (
        "record: 'x'\nget: {via: list}\n",
        "f.yaml:2:7: unknown key `via`: it is called `from` now. `unified migrate-mappings` rewrites your files",
    ),
    (
        "record: 'x'\nget:\n  request: GET /\n  after:\n    - {request: GET /}\n    - {bdy: x}\n",
        f"f.yaml:6:8: unknown key `bdy`. Did you mean 'body'? Known keys: {CALL}",
    ),
    (
        "record: 'x'\nreads: {dept: 1}\n",
        "f.yaml:2:9: unknown key `dept`. Did you mean 'depth'? Known keys: always, depth, exclude, names, under",
    ),
    ("record: 'x'\nget: {errors: {codes: {A: 1}}}\n", "f.yaml:2:27: get.errors.codes.A: expected `str`, got `int`"),
]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [(Provider, *case) for case in PROVIDERS] + [(MappingDocument, *case) for case in MAPPINGS],
)
def test_what_does_not_fit_is_named_with_its_place(kind: type, text: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        decode(parse_source(text, name="f.yaml"), kind)
    assert str(caught.value) == message


def test_a_file_that_fits_becomes_structs() -> None:
    provider = decode(parse_source(HEAD + "auth: [{type: bearer, header: X-Key, prefix: ''}]\n", name="f.yaml"), Provider)
    assert (provider.name, provider.auth[0].header, provider.auth[0].prefix) == ("x", "X-Key", "")
    assert (provider.pagination.type, provider.rate_limit.statuses, provider.tier) == ("none", (429,), "bronze")


@pytest.mark.parametrize(
    ("value", "word"),
    [(None, "null"), ({}, "object"), ([], "array"), ("", "text"), (True, "boolean"), (1, "integer"), (1.5, "number")],
)
def test_types_are_named_as_in_json(value: object, word: str) -> None:
    assert shape_of(value) == word
