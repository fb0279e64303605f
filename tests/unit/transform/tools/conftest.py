import pytest

from tests.unit.transform.tools.samples import RICH


@pytest.fixture
def rich(catalog):
    """One mapping of contacts with every method, at a provider called Acme."""
    return catalog(RICH).compiled("acme", "crm.contacts")
