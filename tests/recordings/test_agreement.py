"""Where our records differ from third parties' expectations of the same bodies, the reason is written down."""

import pytest

from tests.recordings.agreement import FOLDER, compare
from tests.recordings.kinds import REASONS
from tests.world import catalog


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not beside this checkout (../shared/recordings)")
def test_every_disagreement_has_a_reason():
    agreed, _, fields = compare(catalog())
    assert agreed.total() > 0
    assert sorted(fields.keys() - REASONS.keys()) == []
    assert sorted(REASONS.keys() - fields.keys()) == [], "these agree now: take their reasons out"
