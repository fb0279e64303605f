"""What is missing at a start is in its log, before the first request needs it."""

import msgspec
import pytest

from tests.process.conftest import serving

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_a_redis_that_does_not_answer(prepared, options):
    with serving(prepared, *options, UNIFIED_REDIS_URL="redis://127.0.0.1:1") as service:
        told = [one for one in service.log() if one["event"] == "redis_unavailable"]
        assert len(told) == max(1, len(options))
        assert {one["meaning"] for one in told} == {"limits are counted by each worker until it answers again"}
        assert service.contacts().status_code == 200


def test_an_installation_that_no_one_can_call(prepared, tmp_path):
    environment = {"UNIFIED_HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir(mode=0o700)
    empty = msgspec.structs.replace(prepared, environment=environment, home=tmp_path / "home")
    with serving(empty) as service:
        (told,) = [one for one in service.log() if one["event"] == "no_tenants"]
        assert told["meaning"] == "no one can call it yet: `unified tenants add NAME` prints a tenant's first key"
    with serving(prepared) as service:
        assert not [one for one in service.log() if one["event"] == "no_tenants"]
