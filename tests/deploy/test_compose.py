"""The secrets and commands of deploy/compose.yaml, run without containers."""

import os
import shutil
import subprocess

import pytest

from tests.deploy.files import DEPLOY, compose
from tests.deploy.servers import wait
from unified.server.serving import free_port
from unified.settings.environment import from_environment

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]


@pytest.fixture
def secrets(tmp_path):
    """The folder that compose-secrets writes."""
    shutil.copy(DEPLOY / "compose-secrets", tmp_path)
    subprocess.run([tmp_path / "compose-secrets"], check=True, capture_output=True)
    return tmp_path / "secrets"


def test_the_secrets_are_written_once_and_only_for_the_user_of_the_containers(secrets):
    assert {path.name for path in secrets.iterdir()} == set(compose()["secrets"])
    for path in (secrets, *secrets.iterdir()):
        status = path.stat()
        assert (status.st_uid, status.st_mode & 0o077) == (10001, 0), path
    before = (secrets / "master_keys").read_text()
    again = subprocess.run([secrets.parent / "compose-secrets"], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert (secrets / "master_keys").read_text() == before


def test_the_service_reads_them_and_they_fit_each_other(secrets):
    given = compose()["services"]["unified"]["environment"]
    files = {name: value.replace("/run/secrets", str(secrets)) for name, value in given.items() if name.endswith("_FILE")}
    settings = from_environment(files)
    assert len(settings.master_keys) == 1
    assert (
        settings.database_url == f"postgresql://unified:{(secrets / 'postgres_password').read_text().strip()}@postgres/unified"
    )
    password = (secrets / "redis_auth").read_text().split()[1]
    assert settings.redis_url == f"redis://:{password}@redis:6379/0"


def test_redis_starts_with_its_command_and_its_health_check_needs_the_password(secrets, tmp_path):
    service, port = compose()["services"]["redis"], free_port("127.0.0.1")
    command = [word.replace("/run/secrets", str(secrets)) for word in service["command"]]
    process = subprocess.Popen([*command, "--port", str(port), "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    kind, check = service["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    check = check.replace("$$", "$").replace("/run/secrets", str(secrets)).replace("redis-cli", f"redis-cli -p {port}")

    def healthy(text: str) -> bool:
        return subprocess.run(["sh", "-c", text], capture_output=True, check=False, env=dict(os.environ)).returncode == 0

    try:
        wait(lambda: healthy(check), process)
        assert not healthy(check.replace("cut -d' ' -f2", "echo wrong #"))
    finally:
        process.kill()
        process.wait()
