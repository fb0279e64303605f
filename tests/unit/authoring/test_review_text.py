"""A provider's tools are read in fewer lines, and no argument of any tool is left out."""

import re

from tests.world import catalog
from unified.authoring.review.arguments import argument_lines
from unified.authoring.review.review import OpenReview
from unified.authoring.review.review_text import review_lines
from unified.transform.tools import define, documented

HEADING = re.compile(r"(?P<where>\S.*?) takes?(?: \(.*\))?:")


def tools_of(provider):
    for mapping in catalog().offered(provider):
        for method in mapping.methods:
            if documented(mapping, method):
                shown = {"provider": provider, "model": mapping.model.id, "method": method, "state": "new"}
                yield OpenReview(**shown, definition=define(mapping, method))


def read_again(lines):
    """The names of arguments by tool, as a reader finds them: its own, and those below the headings that it refers to."""
    shared, tools, current = {}, {}, None
    for line in lines:
        heading = HEADING.fullmatch(line)
        if heading:
            current = shared.setdefault(heading["where"].lower(), [])
        elif line and not line.startswith(" "):
            current = tools.setdefault(line, [])
        elif line.startswith("  + what "):
            current += shared[re.sub(r" takes?$", "", line.removeprefix("  + what ")).lower()]
        elif line.startswith("  + ") or (line.startswith("  ") and current in shared.values()):
            current += names_in(line.removeprefix("  + ").strip())
    return tools


def names_in(line):
    names, _, rest = line.partition(": ")
    if names == "filter.…":
        return [f"filter.{one.partition(':')[0].rstrip('*')}" for one in re.sub(r" \([^()]*\)", "", rest).split("; ")]
    return [name.rstrip("*?") for name in names.split(", ")]


def test_every_argument_is_shown():
    for provider in catalog().providers():
        tools = list(tools_of(provider))
        found = read_again(review_lines(tools, lambda one: one.definition.name))
        for tool in tools:
            lines = argument_lines(tool.definition.input_schema)
            assert sorted(found[tool.definition.name]) == sorted(line.partition(":")[0].rstrip("*") for line in lines)


def test_shared_lines_are_printed_once():
    for provider in catalog().providers():
        tools = list(tools_of(provider))
        before = sum(3 + len(list(argument_lines(one.definition.input_schema))) for one in tools)
        assert len(list(review_lines(tools, lambda one: one.definition.name))) < before
