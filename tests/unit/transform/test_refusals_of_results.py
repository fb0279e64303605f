"""A refusal tells callers what to correct, and nothing of what other calls read for the mapping."""

import pytest

from tests.acme import write_catalog
from unified.errors.configuration import CatalogError

MAPPING = """\
record: |
  {"id": id}
write: |
  {"dep": department ? ($cur.locked ? $refuse("department", TEXT) : department)}
update:
  before: {cur: {request: "GET /people/{id}"}}
  request: PATCH /people/{id}
"""


def test_the_text_of_a_refusal_holds_no_result_of_another_call(tmp_path) -> None:
    write_catalog(tmp_path / "1", {"crm.contacts": MAPPING.replace("TEXT", '"it is locked"')})
    with pytest.raises(
        CatalogError, match=r"crm.contacts.yaml:4:\d+: the text of `\$refuse` cannot hold results of other calls"
    ):
        write_catalog(tmp_path / "2", {"crm.contacts": MAPPING.replace("TEXT", '"the title is " & $cur.title')})
