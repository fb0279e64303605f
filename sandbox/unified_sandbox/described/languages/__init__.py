"""The query languages that an argument of a list can be written in, by name; each is one module with one function."""

from collections.abc import Callable

from unified_sandbox.described.languages.attio import attio
from unified_sandbox.described.languages.close import close
from unified_sandbox.described.languages.github import github
from unified_sandbox.described.languages.jql import jql
from unified_sandbox.described.languages.odata import odata
from unified_sandbox.described.languages.selection import Selection
from unified_sandbox.described.languages.soql import soql
from unified_sandbox.described.languages.sysparm import sysparm
from unified_sandbox.described.languages.zendesk import zendesk

LANGUAGES: dict[str, Callable[..., Selection]] = {
    "attio": attio,
    "close": close,
    "github": github,
    "jql": jql,
    "odata": odata,
    "soql": soql,
    "sysparm": sysparm,
    "zendesk": zendesk,
}
"""Each takes the argument's value, and the types of the fields where it goes by them, and returns what it selects; BadQuery
says what is wrong."""
