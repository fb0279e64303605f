"""Many threads of a new process load the catalog and map at the same moment, as those of a threaded web server do."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from unified import Catalog

sys.setswitchinterval(1e-5)
gate, found = threading.Barrier(3), []

def use():
    gate.wait()
    contacts = Catalog.load().mapping("hubspot", "crm.contacts")
    record = contacts.read({"results": [{"id": "1", "properties": {"firstname": "Ada"}}]})[0]
    found.append((record["first_name"], contacts.call("list", {}).path, contacts.write({"first_name": "Ada"}, operation="update")))

threads = [threading.Thread(target=use) for _ in range(3)]
for one in threads:
    one.start()
for one in threads:
    one.join()
assert len(found) == 3, found
assert all(one == found[0] for one in found), found
"""


@pytest.mark.slow
def test_the_first_use_by_many_threads_is_like_any_other():
    ended = subprocess.run([sys.executable, "-X", "faulthandler", "-c", PROGRAM], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
