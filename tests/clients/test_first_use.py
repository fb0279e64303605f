"""Many threads of a new process use each model for the first time at the same moment, as those of a threaded web server do."""

import os
import subprocess
import sys

from tests.docs.pages import ROOT

PROGRAM = """
import sys, threading
import httpx2
from unified_client import Client

sys.setswitchinterval(1e-5)
BODY = b'{"data": [{"id": "1"}], "next_cursor": null, "meta": {"provider": "hubspot", "model": "crm.contacts", "warnings": []}}'
found, used = [], 0

def use(model, gate):
    gate.wait()
    found.append(model.list(limit=1).page().data[0].id)

with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=BODY))) as http:
    account = Client("http://unified", "uk_test", http=http).account("acc_1")
    for category in (account.crm, account.hris, account.ticketing):
        for name in (name for name in dir(category) if not name.startswith("_")):
            model = getattr(category, name)
            if not hasattr(model, "list"):
                continue
            used, gate = used + 1, threading.Barrier(8)
            threads = [threading.Thread(target=use, args=(model, gate)) for _ in range(8)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
assert used > 30, used
assert found == ["1"] * used * 8, found
"""


def test_the_first_use_by_many_threads_is_like_any_other():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "clients/python/src")}
    command = [sys.executable, "-X", "faulthandler", "-c", PROGRAM]
    ended = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
