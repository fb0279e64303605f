"""The rules that loading enforces, recognised by the words of its refusals; the last row takes all others."""

from unified.authoring.findings import Rule

_NAMED = "A misspelt name would be ignored silently, so it is an error; the message lists the known names."

PROVIDER_LOADING: tuple[Rule, ...] = (
    Rule(
        code="P001",
        title="not a provider file",
        explanation="The file must be YAML with the keys and types of docs/provider-files.md, and be named after its `name`.",
        marks=("",),
    ),
)

MAPPING_LOADING: tuple[Rule, ...] = (
    Rule(
        code="M002",
        title="unknown provider or model",
        explanation="The folder of a mapping is the provider's name, the file's name is the common model.",
        marks=("^unknown provider", "^unknown model"),
    ),
    Rule(
        code="M003",
        title="not JSONata",
        explanation="Every expression must be valid JSONata; the message says what was expected and where.",
        marks=("^not valid JSONata",),
    ),
    Rule(
        code="M004",
        title="request",
        explanation="`request` is a method and a path; parameters go to `query`, where they are encoded.",
        marks=("and a path beginning with /",),
    ),
    Rule(code="M005", title="unknown function", explanation=_NAMED, marks=("^unknown function",)),
    Rule(code="M006", title="unbound variable", explanation=_NAMED, marks=("^unknown variable",)),
    Rule(
        code="M007",
        title="no object constructor",
        explanation="One record in, one record out: `results.{…}` gives nothing for 0, an object for 1 and a list for 2 "
        "results.",
        marks=("^expected an object constructor",),
    ),
    Rule(code="M008", title="unknown field", explanation=_NAMED, marks=(r"has no field `[^`]*`\.",)),
    Rule(code="M009", title="write reads an unknown field", explanation=_NAMED, marks=("to write from",)),
    Rule(code="M010", title="unknown condition", explanation=_NAMED, marks=("^the common query has no",)),
    Rule(
        code="M011",
        title="no way to call",
        explanation="A call needs exactly one of `request` (send it), `via` (use another call) and `chain` (read the "
        "results of others).",
        marks=("^expected one of `request`",),
    ),
    Rule(
        code="M012",
        title="recheck of nothing",
        explanation="`recheck` filters the provider's coarse results again, so the call must send the condition.",
        marks=("nothing to recheck",),
    ),
    Rule(
        code="M013",
        title="then without get",
        explanation="`then: get` reads the record again with the file's `get` call, so there must be one.",
        marks=("needs a `get` call",),
    ),
    Rule(
        code="M014",
        title="pagination keys",
        explanation="Each pagination type has its own keys; others would be ignored.",
        marks=("^pagination type", "is no key of type"),
    ),
    Rule(
        code="M015",
        title="unknown name in a path",
        explanation="A name in `request` is filled from the query, the body or the parts of the id.",
        marks=("nor a part of the id",),
    ),
    Rule(
        code="M016",
        title="order of list calls",
        explanation="The first list call with a true `when` is made; the last one has no `when` and takes the rest.",
        marks=("^unreachable", "the last list call has no `when`"),
    ),
    Rule(code="M017", title="unknown list call", explanation=_NAMED, marks=("^no list call is named",)),
    Rule(
        code="M018",
        title="custom method's name",
        explanation="A custom method is part of the URL and of tool names, beside list, get, create, update and delete.",
        marks=("cannot be a custom method",),
    ),
    Rule(
        code="M019",
        title="text for agents",
        explanation="Agents read what `describe` says: at most 500 visible characters about the operation, and "
        "no instructions to a model.",
        marks=("^`describe` of",),
    ),
    Rule(
        code="M020",
        title="form of a path parameter",
        explanation="`path` says which names a path parameter accepts, `reserved` which of them are the provider's own "
        "objects: a "
        "permission for custom objects must not reach others.",
        marks=("^`path` must give", "is no path parameter", "^`path` is not a regular"),
    ),
    Rule(code="M021", title="unknown model of an object", explanation=_NAMED, marks=("^no common model is called",)),
    Rule(
        code="M022",
        title="refusal out of place",
        explanation="A refusal shows a caller which field of the body, or which condition, to correct; an answer has none.",
        marks=("refuses what a caller sends", "refuses at `", "^the text of `"),
    ),
    Rule(
        code="M023",
        title="unknown enum",
        explanation="`$toCommon` and `$toNative` name a table under `enums`, of which the common words are words of the field.",
        marks=("^no enum is called", "needs the name of an enum", "Words of the field:"),
    ),
    Rule(
        code="M024",
        title="entries of a list",
        explanation="`single` names lists of the model, and types that their entries can have.",
        marks=("^an entry of `[^`]*` cannot be", "has no list `"),
    ),
    Rule(
        code="M080",
        title="what is shared",
        explanation="`use` names a call or mapping of the provider's shared file, `parameters` gives values to its "
        "placeholders; a value that none of them reads would be ignored.",
        marks=(
            "^no shared (call|mapping) is called",
            "^shared (calls|mappings) use one another",
            "^`parameters` are for",
            "^parameter `",
            "^no placeholder",
            "^no expression of this file",
            "^definitions need one another",
            r"^`\$\{",
        ),
    ),
    Rule(
        code="M081",
        title="name of a definition",
        explanation="A definition must not hide a function, or what expressions are given.",
        marks=(r"^`\$\w+` is .*: choose another name",),
    ),
    Rule(
        code="M082",
        title="filter table",
        explanation="A row of `filters` must name a field of the model and what the provider's `dialect` can express, and a "
        "list call must send the conditions: `$filters`.",
        marks=("^filter `", "^`filters` ", "^no list call sends"),
    ),
    Rule(
        code="M001",
        title="not a mapping file",
        explanation="The file must be YAML with the keys and types of docs/mapping-files.md.",
        marks=("",),
    ),
)

REVIEW_LOADING: tuple[Rule, ...] = (
    Rule(
        code="R002",
        title="review of nothing",
        explanation="A review must belong to an existing operation; `unified review PROVIDER --accept` removes the others.",
        marks=("^unknown provider", "has no mapping of", "has no documented method"),
    ),
    Rule(
        code="R001",
        title="not a review file",
        explanation="The file is written by `unified review`: model, method, `sha256:` and 64 hexadecimal digits.",
        marks=("",),
    ),
)

CASE_LOADING: tuple[Rule, ...] = (
    Rule(
        code="T007",
        title="key without effect",
        explanation="What a case can depend on and what can be expected follows from its input; other keys would be ignored.",
        marks=("has no effect in a case of", "needs `answer`"),
    ),
    Rule(
        code="T003",
        title="case without expectation",
        explanation="A case needs one input and an expectation (`gives`, `sends` or `fails`); without one it cannot fail.",
        marks=("^expected `gives`", "^expected exactly one of"),
    ),
    Rule(
        code="T002",
        title="not a test file",
        explanation="The file must be a YAML list of cases with the keys of docs/mapping-files.md.",
        marks=("",),
    ),
)
