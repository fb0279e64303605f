"""Makes the Python client importable in tests; it is a package of its own and not installed with the service."""

import sys

from clients.generate.present import ensure_generated
from tests.docs.pages import ROOT

SOURCE = ROOT / "clients/python/src"
if str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))
ensure_generated()
