"""The rules that loading enforces, each with the rules of the loader that have its code; the last row takes all others."""

from unified.authoring.lint.findings import Finding, Rule, refused
from unified.catalog.review import REVIEW_NAME
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule

_NAMED = "A misspelt name would be ignored silently, so it is an error; the message lists the known names."

PROVIDER_LOADING: tuple[Rule, ...] = (
    Rule(
        code="P001",
        title="not a provider file",
        explanation="The file must be YAML with the keys and types of docs/provider-files.md, and be named after its `name`.",
    ),
)

MAPPING_LOADING: tuple[Rule, ...] = (
    Rule(
        code="M002",
        title="unknown provider or model",
        explanation="The folder of a mapping is the provider's name, the file's name is the common model.",
        loading=(LoadRule.UNKNOWN_SUBJECT,),
    ),
    Rule(
        code="M003",
        title="not JSONata",
        explanation="Every expression must be valid JSONata; the message says what was expected and where.",
        loading=(LoadRule.JSONATA,),
    ),
    Rule(
        code="M004",
        title="request",
        explanation="`request` is a method and a path; parameters go to `query`, where they are encoded.",
        loading=(LoadRule.REQUEST,),
    ),
    Rule(code="M005", title="unknown function", explanation=_NAMED, loading=(LoadRule.UNKNOWN_FUNCTION,)),
    Rule(code="M006", title="unbound variable", explanation=_NAMED, loading=(LoadRule.UNBOUND_VARIABLE,)),
    Rule(
        code="M007",
        title="no object constructor",
        explanation="One record in, one record out: `results.{…}` gives nothing for 0, an object for 1 and a list for 2 "
        "results.",
        loading=(LoadRule.NO_OBJECT,),
    ),
    Rule(code="M008", title="unknown field", explanation=_NAMED, loading=(LoadRule.UNKNOWN_FIELD,)),
    Rule(code="M009", title="write reads an unknown field", explanation=_NAMED, loading=(LoadRule.UNKNOWN_WRITE_FIELD,)),
    Rule(code="M010", title="unknown condition", explanation=_NAMED, loading=(LoadRule.UNKNOWN_CONDITION,)),
    Rule(
        code="M011",
        title="no way to call",
        explanation="A call needs either `request` (send it) or `from` (read the results of other calls).",
        loading=(LoadRule.NO_WAY_TO_CALL,),
    ),
    Rule(
        code="M012",
        title="imprecise nothing",
        explanation="`imprecise` conditions are sent, and applied again to the records, so the call must send them.",
        loading=(LoadRule.IMPRECISE_NOTHING,),
    ),
    Rule(
        code="M013",
        title="read back without get",
        explanation="`read_back` reads the record again with the file's `get` call, so there must be one.",
        loading=(LoadRule.READ_BACK_WITHOUT_GET,),
    ),
    Rule(
        code="M014",
        title="pagination keys",
        explanation="Each pagination type has its own keys; others would be ignored.",
        loading=(LoadRule.PAGINATION_KEYS,),
    ),
    Rule(
        code="M015",
        title="unknown name in a path",
        explanation="A name in `request` is filled from the query, the body or the parts of the id.",
        loading=(LoadRule.UNKNOWN_PATH_NAME,),
    ),
    Rule(
        code="M016",
        title="order of list calls",
        explanation="The first list call with a true `when` is made; the last one has no `when` and takes the rest.",
        loading=(LoadRule.CALL_ORDER,),
    ),
    Rule(code="M017", title="unknown list call", explanation=_NAMED, loading=(LoadRule.UNKNOWN_LIST_CALL,)),
    Rule(
        code="M018",
        title="custom method's name",
        explanation="A custom method is part of the URL and of tool names, next to list, get, create, update and delete.",
        loading=(LoadRule.CUSTOM_METHOD_NAME,),
    ),
    Rule(
        code="M019",
        title="text for agents",
        explanation="Agents read what `describe` says: at most 500 visible characters about the operation, and "
        "no instructions to a model.",
        loading=(LoadRule.AGENT_TEXT,),
    ),
    Rule(
        code="M020",
        title="form of a path parameter",
        explanation="`path` says which names a path parameter accepts, `reserved` which of them are the provider's own "
        "objects: a "
        "permission for custom objects must not reach others.",
        loading=(LoadRule.PATH_PARAMETER,),
    ),
    Rule(code="M021", title="unknown model of an object", explanation=_NAMED, loading=(LoadRule.UNKNOWN_OBJECT_MODEL,)),
    Rule(
        code="M022",
        title="refusal out of place",
        explanation="A refusal shows a caller which field of the body, or which condition, to correct; an answer has none.",
        loading=(LoadRule.MISPLACED_REFUSAL,),
    ),
    Rule(
        code="M023",
        title="unknown enum",
        explanation="`$toCommon` and `$toNative` name a table under `enums`, of which the common words are words of the field.",
        loading=(LoadRule.UNKNOWN_ENUM,),
    ),
    Rule(
        code="M024",
        title="entries of a list",
        explanation="`at_most_one` names lists of the model, and types that their entries can have.",
        loading=(LoadRule.LIST_ENTRIES,),
    ),
    Rule(
        code="M080",
        title="what is shared",
        explanation="`use` names a call or mapping of the provider's shared file, `parameters` gives values to its "
        "placeholders; a value that none of them reads would be ignored.",
        loading=(LoadRule.SHARED_PARTS,),
    ),
    Rule(
        code="M081",
        title="name of a definition",
        explanation="A definition must not hide a function, or what expressions are given.",
        loading=(LoadRule.DEFINITION_NAME,),
    ),
    Rule(
        code="M082",
        title="filter table",
        explanation="A row of `filters` must name a field of the model and what the provider's `dialect` can express, and a "
        "list call must send the conditions: `$filters`.",
        loading=(LoadRule.FILTER_TABLE,),
    ),
    Rule(
        code="M102",
        title="parents of a list",
        explanation="A list over `parents` names each in its path, and the provider lists the parents without conditions.",
        loading=(LoadRule.LIST_PARENTS,),
    ),
    Rule(
        code="M103",
        title="windows of days",
        explanation="`windows` are by a date or time that every record has, each has its own days, and both ends are sent.",
        loading=(LoadRule.WINDOWS,),
    ),
    Rule(
        code="M001",
        title="not a mapping file",
        explanation="The file must be YAML with the keys and types of docs/mapping-files.md.",
    ),
)

REVIEW_LOADING: tuple[Rule, ...] = (
    Rule(
        code="R002",
        title="review of nothing",
        explanation="A review must belong to an existing operation; `unified review PROVIDER --accept` removes the others.",
        loading=(LoadRule.STALE_REVIEW, LoadRule.UNKNOWN_SUBJECT),
    ),
    Rule(
        code="R001",
        title="not a review file",
        explanation="The file is written by `unified review`: model, method, `sha256:` and 64 hexadecimal digits.",
    ),
)

CASE_LOADING: tuple[Rule, ...] = (
    Rule(
        code="T007",
        title="key without effect",
        explanation="What a case can depend on and what can be expected follows from its input; other keys would be ignored.",
        loading=(LoadRule.KEY_WITHOUT_EFFECT,),
    ),
    Rule(
        code="T003",
        title="case without expectation",
        explanation="A case needs one input and an expectation (`gives`, `sends` or `fails`); without one it cannot fail.",
        loading=(LoadRule.NO_EXPECTATION,),
    ),
    Rule(
        code="T002",
        title="not a test file",
        explanation="The file must be a YAML list of cases with the keys of docs/mapping-files.md.",
    ),
)


def refused_file(problem: CatalogError, file: str) -> Finding:
    """Return the finding for what the service refuses to load, by the rules for the file that its message names."""
    named = file if problem.position is None else problem.position.file
    if named.startswith("mappings/"):
        return refused(REVIEW_LOADING if named.endswith(f"/{REVIEW_NAME}") else MAPPING_LOADING, problem, file)
    return refused(PROVIDER_LOADING, problem, file)
