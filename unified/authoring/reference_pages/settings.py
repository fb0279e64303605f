"""docs/reference/settings.md, from the table of settings."""

from unified.authoring.reference_pages.tables import table
from unified.settings import SETTINGS

HEAD = """\
# Settings

Generated from the table in `unified/settings.py` by `unified docs`. All settings are environment variables, read once
at start. A variable that begins with `UNIFIED_` and is not listed here stops the start; an empty value counts as not
set, except for the master keys.
"""


def settings_page() -> str:
    """Return the page."""
    rows = ((f"`{one.name}`", one.type, f"`{one.default}`" if one.default else "", one.meaning) for one in SETTINGS)
    return f"{HEAD}\n{table(('variable', 'type', 'default', 'meaning'), rows)}"
