"""docs/reference/settings.md, from the table of settings."""

from unified.authoring.reference_pages.tables import table
from unified.settings.table import SETTINGS, Setting

HEAD = """\
# Settings

Generated from the table in `unified/settings/table.py` by `unified docs`. All settings are environment variables, read once
at start. A variable that begins with `UNIFIED_` and is not listed here stops the start; an empty value counts as not
set, except for the master keys.

## Secrets from files

For each setting that is marked as a secret, the variable with `_FILE` at its end, such as `UNIFIED_DATABASE_URL_FILE`, holds
the path of a file with the value. White space around the value is removed. The service does not start if both variables are
set, or if the file is missing, empty, not a regular file, or open to everyone (`chmod 600` or `640`). Files are read when a
process starts: restart the service after a change.

## All settings
"""


def settings_page() -> str:
    """Return the page of all settings."""
    rows = ((f"`{one.name}`", one.type, _default(one), "yes" if one.secret else "", one.meaning) for one in SETTINGS)
    return f"{HEAD}\n{table(('variable', 'type', 'default', 'secret', 'meaning'), rows)}"


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else ""
