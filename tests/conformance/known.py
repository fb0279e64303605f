"""Where a mapping may differ from the general promise: `cassettes/<provider>/known.yaml`, each entry with its reason.

| key | what it says |
|---|---|
| `checksum_from` | where the checksum of an id begins; the id is valid without it too |
| `no_word` | model → field: the provider's word beside an enum that follows from something else than a word |
| `beside_deleted` | model: why include_deleted brings more than deleted records |
| `found_by_id` | model: why a record of another model, which the list leaves out, is read by its id |
| `only_in_get` | model → field: why the listed record has another value than the record by its id |
| `filters` | model → native filter: why its result differs from the same condition on the mapped records |
| `written` | model → field: why it does not come back as it was sent |
| `shared_paths` | model → path of the provider: why fields that both read it do not tell each other, see `tests/unit/models/test_twins.py` |
| `read_before` | model → what a call finds of a record before an update, to refuse one of another model, by the call's name |
| `custom_keys` | model → keys that customers' own fields have, for the tests of `custom_fields` |

An entry that is no longer needed fails its test.
"""

from typing import Any

import yaml

from tests.cassettes.steps import FOLDER

KEYS = (
    *("checksum_from", "no_word", "beside_deleted", "found_by_id", "only_in_get"),
    *("filters", "written", "shared_paths", "read_before", "custom_keys"),
)
KNOWN: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for path in sorted(FOLDER.glob("*/known.yaml"))
}
for _provider, _content in KNOWN.items():
    assert not _content.keys() - set(KEYS), f"{_provider}/known.yaml: expected {KEYS}, got {sorted(_content)}"


def _by_subject(key: str) -> dict[str, Any]:
    return {f"{provider}/{model}": one for provider, content in KNOWN.items() for model, one in content.get(key, {}).items()}


CHECKSUM_FROM: dict[str, int] = {name: one["checksum_from"] for name, one in KNOWN.items() if "checksum_from" in one}
NO_WORD = _by_subject("no_word")
BESIDE_DELETED = _by_subject("beside_deleted")
FOUND_BY_ID = _by_subject("found_by_id")
ONLY_IN_GET = _by_subject("only_in_get")
FILTERS = _by_subject("filters")
WRITTEN = _by_subject("written")
SHARED_PATHS = _by_subject("shared_paths")
READ_BEFORE = _by_subject("read_before")
CUSTOM_KEYS: dict[str, dict[str, list[str]]] = {name: one["custom_keys"] for name, one in KNOWN.items() if "custom_keys" in one}
