"""Stand-ins with GraphQL: queries are validated and executed; conditions, connections, writes, costs, and what is refused."""

import httpx2
import pytest

from unified.errors.configuration import CatalogError
from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin

SDL = """
scalar DateTime
enum OrderBy { createdAt updatedAt }
type Query {
  book(id: String!): Book!
  books(first: Int, after: String, orderBy: OrderBy, filter: BookFilter): BookConnection!
  reader(id: String!): Reader!
}
type Mutation {
  bookCreate(input: BookCreateInput!): BookPayload!
  bookUpdate(id: String!, input: BookUpdateInput!): BookPayload!
  bookDelete(id: String!): DeletePayload!
}
type BookPayload { success: Boolean! book: Book }
type DeletePayload { success: Boolean! entityId: String! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type BookConnection { nodes: [Book!]! pageInfo: PageInfo! }
type Book { id: ID! title: String! pages: Float! reader: Reader createdAt: DateTime! updatedAt: DateTime! }
type Reader { id: ID! name: String! books(first: Int, after: String, filter: BookFilter): BookConnection! }
input BookCreateInput { title: String readerId: String }
input BookUpdateInput { title: String readerId: String }
input BookFilter {
  and: [BookFilter!] or: [BookFilter!] title: TextComparator pages: NumberComparator reader: ReaderFilter updatedAt: TimeComparator
}
input ReaderFilter { null: Boolean name: TextComparator books: BooksFilter }
input BooksFilter { some: BookFilter every: BookFilter }
input TextComparator { eq: String in: [String!] contains: String eqIgnoreCase: String neq: String null: Boolean like: String }
input NumberComparator { eq: Float gt: Float }
input TimeComparator { gte: DateTime }
"""
STANDIN = """\
docs: https://shelf.example.com/docs
credentials:
  - {type: bearer, token: demo-shelf}
accepts: [{type: bearer}]
errors: |
  {"errors": [{"message": $message, "path": $place, "extensions": {"code": $code}}]}
paging:
  relay: {kind: after, at: after, size: first, default: 5, max: 10, over: refuse}
list: |
  {"nodes": [$items], "pageInfo": {"hasNextPage": $more, "endCursor": $items[-1].id}}
collections:
  readers:
    id: {kind: uuid}
    rows: 4
    seed: |
      {"name": ["Ada", "Bo", "雪", "Dee"][$n]}
  books:
    id: {kind: text, make: '"b" & $n'}
    rows: 12
    created: createdAt
    updated: updatedAt
    fields:
      title: {kind: text, required: true, max: 20}
      readerId: {kind: uuid, of: readers}
    seed: |
      {
        "title": "Book " & $n,
        "pages": $n,
        "readerId": $n < 8 ? $ids("readers")[$n % 2] : null,
        "createdAt": $moment(90),
        "updatedAt": $moment(30)
      }
graphql:
  sdl: shelf.sandbox.graphql
  conditions: filter
  complexity: {max: 24, default: 5}
  scalars: {DateTime: moment}
  records: {Book: books, Reader: readers}
  fields:
    Query.book: {get: books}
    Query.books: {list: books, sort: {argument: orderBy, fields: {createdAt: -createdAt, updatedAt: -updatedAt}}}
    Query.reader: {get: readers}
    Reader.books: {list: books, where: readerId = $parent.id}
    Mutation.bookCreate: {create: books, sets: '{"pages": 1}', wrap: '{"success": true, "book": $item}'}
    Mutation.bookUpdate: {update: books, wrap: '{"success": true, "book": $item}'}
    Mutation.bookDelete: {delete: books, wrap: '{"success": true, "entityId": $query.id}'}
"""


def loaded(folder, text=STANDIN, sdl=SDL):
    (folder / "shelf.sandbox.graphql").write_text(sdl, encoding="utf-8")
    path = folder / "shelf.sandbox.yaml"
    path.write_text(text, encoding="utf-8")
    return load_standin(path)


@pytest.fixture
async def ask(tmp_path, clock):
    app = create_sandbox({"shelf": loaded(tmp_path)}, clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        client.headers["authorization"] = "Bearer demo-shelf"

        async def send(query, **variables):
            answer = await client.post("/graphql", json={"query": query, "variables": variables})
            return answer.status_code, answer.json()

        send.app = app
        yield send


async def test_every_page_once_with_the_objects_that_are_linked(ask):
    text = "query($after: String) { books(after: $after) { nodes { id reader { name } } pageInfo { hasNextPage endCursor } } }"
    seen, after, more = [], None, True
    while more:
        _, answer = await ask(text, after=after)
        page = answer["data"]["books"]
        seen += [(one["id"], one["reader"] and one["reader"]["name"]) for one in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [(f"b{n}", ["Ada", "Bo"][n % 2] if n < 8 else None) for n in range(12)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"title": {"eq": "Book 3"}}, [3]),
        ({"title": {"eq": "book 3"}}, []),
        ({"title": {"eqIgnoreCase": "book 3"}}, [3]),
        ({"title": {"contains": "ok 1"}}, [1, 10, 11]),
        ({"title": {"in": ["Book 2", "Book 4"]}}, [2, 4]),
        ({"pages": {"gt": 9}}, [10, 11]),
        ({"pages": {"eq": 4}, "title": {"neq": "Book 5"}}, [4]),
        ({"or": [{"pages": {"eq": 1}}, {"pages": {"eq": 2}}]}, [1, 2]),
        ({"and": [{"pages": {"gt": 9}}, {"title": {"eq": "Book 11"}}]}, [11]),
        ({"reader": {"null": True}}, [8, 9, 10, 11]),
        ({"reader": {"null": False}, "pages": {"gt": 6}}, [7]),
        ({"reader": {"name": {"eq": "Bo"}}, "pages": {"gt": 2}}, [3, 5, 7]),
        ({"reader": {"books": {"some": {"title": {"eq": "Book 6"}}}}, "pages": {"gt": 3}}, [4, 6]),
        ({"reader": {"books": {"every": {"title": {"contains": "6"}}}}}, []),
        ({"title": None, "pages": {"eq": 4}}, [4]),
    ],
)
async def test_conditions_select(ask, condition, expected):
    _, answer = await ask("query($c: BookFilter) { books(first: 10, filter: $c) { nodes { pages } } }", c=condition)
    assert [one["pages"] for one in answer["data"]["books"]["nodes"]] == expected


async def test_an_order_and_a_list_inside_a_record(ask):
    _, answer = await ask("{ books(first: 10, orderBy: updatedAt) { nodes { updatedAt reader { id } } } }")
    times = [one["updatedAt"] for one in answer["data"]["books"]["nodes"]]
    assert times == sorted(times, reverse=True)
    reader = next(one["reader"]["id"] for one in answer["data"]["books"]["nodes"] if one["reader"])
    _, answer = await ask("query($id: String!) { reader(id: $id) { books(first: 3) { nodes { reader { id } } } } }", id=reader)
    assert [one["reader"]["id"] for one in answer["data"]["reader"]["books"]["nodes"]] == [reader] * 3


async def test_what_is_written_is_read_and_a_deleted_record_is_gone(ask):
    _, made = await ask(
        "mutation($b: BookCreateInput!) { bookCreate(input: $b) { book { id title reader { id } } } }", b={"title": "E"}
    )
    id_ = made["data"]["bookCreate"]["book"]["id"]
    text = "mutation($id: String!, $b: BookUpdateInput!) { bookUpdate(id: $id, input: $b) { success book { title reader { id } } } }"
    _, changed = await ask(text, id=id_, b={"title": "Emma"})
    assert changed["data"] == {"bookUpdate": {"success": True, "book": {"title": "Emma", "reader": None}}}
    _, read = await ask("query($id: String!) { book(id: $id) { title pages } }", id=id_)
    assert read == {"data": {"book": {"title": "Emma", "pages": 1}}}
    _, gone = await ask("mutation($id: String!) { bookDelete(id: $id) { success entityId } }", id=id_)
    assert gone["data"]["bookDelete"] == {"success": True, "entityId": id_}
    status, missing = await ask("query($id: String!) { book(id: $id) { title } }", id=id_)
    assert (status, missing["data"]) == (200, None)
    assert missing["errors"] == [
        {"message": "No record of books has this id.", "path": ["book"], "extensions": {"code": "not_found"}}
    ]


async def test_the_log_of_calls_tells_queries_from_mutations(ask):
    await ask("{ books { nodes { id } } }")
    await ask('mutation { bookDelete(id: "b1") { success } }')
    await ask("{ nothing }")
    assert [one.operation for one in ask.app.journal.seen] == ["query", "mutation", ""]


@pytest.mark.parametrize(
    ("query", "variables", "status", "code", "message"),
    [
        ("{ books { nodes { titel } } }", {}, 400, "invalid_query", "Cannot query field 'titel' on type 'Book'"),
        ("{ books(limit: 1) { nodes { id } } }", {}, 400, "invalid_query", "Unknown argument 'limit'"),
        ("{ books { nodes { id }", {}, 400, "invalid_query", "Syntax Error"),
        (
            "query($c: BookFilter) { books(filter: $c) { nodes { id } } }",
            {"c": {"size": 1}},
            400,
            "invalid_query",
            "field 'size'",
        ),
        (
            "query($c: BookFilter) { books(filter: $c) { nodes { id } } }",
            {"c": {"updatedAt": {"gte": "yesterday"}}},
            400,
            "invalid_query",
            "expected a value of kind moment",
        ),
        ('{ books(filter: {updatedAt: {gte: "yesterday"}}) { nodes { id } } }', {}, 400, "invalid_query", "of kind moment"),
        ("{ books(first: 11) { nodes { id } } }", {}, 200, "invalid_argument", "first: expected a number from 1 to 10."),
        ('{ books(after: "x") { nodes { id } } }', {}, 200, "invalid_argument", "not the id of a record"),
        (
            "{ books(first: 10) { nodes { id title reader { id name } } } }",
            {},
            400,
            "invalid_query",
            "Query too complex: 25 points",
        ),
        ('{ books(filter: {title: {like: "x"}}) { nodes { id } } }', {}, 200, "invalid_query", "like: this comparison"),
        ("mutation { bookCreate(input: {}) { success } }", {}, 200, "missing_field", "title is required."),
        (
            'mutation { bookUpdate(id: "b1", input: {readerId: "x"}) { success } }',
            {},
            200,
            "invalid_field",
            "readerId: expected",
        ),
    ],
)
async def test_refused_queries(ask, query, variables, status, code, message):
    given, answer = await ask(query, **variables)
    assert (given, answer["errors"][0]["extensions"]["code"]) == (status, code)
    assert message in answer["errors"][0]["message"]
    assert answer.get("data") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Query.book:", "Query.boks:", "unknown field of a type 'Query.boks'. Did you mean 'Query.books'?"),
        ("    Query.book: {get: books}\n", "", "expected `Query.book`, which the schema has: what does it do?"),
        ("    Reader.books: {list: books, where: readerId = $parent.id}\n", "", "expected `Reader.books`"),
        ("Reader: readers}", "Reader: reader}", "unknown collection 'reader'"),
        ("{Book: books,", "{Books: books,", "unknown type 'Books'"),
        ("{DateTime: moment}", "{Date: moment}", "unknown scalar 'Date'"),
        (
            ", sort: {argument: orderBy, fields: {createdAt: -createdAt, updatedAt: -updatedAt}}",
            "",
            "nothing reads orderBy of `Query.books`",
        ),
        ("sdl: shelf.sandbox.graphql", "sdl: none.graphql", "no valid schema"),
        ("sdl: shelf.sandbox.graphql", "sdl: type Query {", "no valid schema"),
    ],
)
def test_a_file_that_does_not_fit_its_schema_is_refused(tmp_path, old, new, message):
    assert STANDIN.count(old) == 1
    with pytest.raises(CatalogError, match=r"providers/shelf\.sandbox\.yaml:\d+") as caught:
        loaded(tmp_path, STANDIN.replace(old, new))
    assert message in str(caught.value)
