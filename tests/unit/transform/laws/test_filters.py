"""Laws of conditions, over all mappings."""

import pytest

from tests.world import catalog


@pytest.mark.parametrize("name", catalog().mappings(), ids=" ".join)
def test_a_condition_on_a_part_of_the_path_is_never_left_to_the_path(name):
    mapping = catalog().compiled(*name)
    assert not mapping.native_filters & {f"filter.{one}" for one in mapping.model.path_parameters}
