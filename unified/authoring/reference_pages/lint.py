"""docs/reference/lint.md, from the rules."""

from unified.authoring.lint.all_rules import RULES
from unified.authoring.reference_pages.tables import table

HEAD = """\
# Lint rules

Generated from the rules by `unified docs`. `unified lint` checks every data file and lists all findings as
`file:line:column: CODE message`; `--format json` gives the same for programs. It exits with 1 when there is an
error, and with 0 when there are only warnings.
"""
FAMILIES = {
    "P": "Provider files",
    "M": "Mapping files",
    "S": "Shared files",
    "X": "Stand-in files",
    "T": "Test files",
    "R": "Review files",
}


def lint_page() -> str:
    """Return the page of all lint rules."""
    parts = [HEAD]
    for letter, title in FAMILIES.items():
        rows = ((one.code, one.severity, one.title, one.explanation) for one in RULES if one.code.startswith(letter))
        parts.append(f"## {title}\n\n{table(('code', 'severity', 'what', 'why'), rows)}")
    return "\n".join(parts)
