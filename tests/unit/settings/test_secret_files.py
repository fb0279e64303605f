"""Secrets from files: every secret setting, and no message with any part of a secret."""

import base64
import os
import subprocess
import sys

import pytest

from unified.errors.configuration import ConfigurationError
from unified.settings.environment import from_environment
from unified.settings.settings import Settings
from unified.settings.table import SETTINGS, variables

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
VALUES = {
    "UNIFIED_DATABASE_URL": "postgresql://u:s3cret-pw@db.example/unified",
    "UNIFIED_MASTER_KEYS": f"k1:{KEY}",
    "UNIFIED_EGRESS_PROXY_CREDENTIALS": "operator:s3cret-pw",
    "UNIFIED_OAUTH_APPS": '{"hubspot": {"client_id": "id-of-app", "client_secret": "s3cret-app"}}',
    "UNIFIED_PROVIDER_VALUES": '{"personio": {"partner": "s3cret-partner"}}',
    "UNIFIED_REDIS_URL": "rediss://:s3cret-pw@cache.example/0",
    "UNIFIED_METRICS_TOKEN": "s3cret-token",
}
SECRETS = [setting for setting in SETTINGS if setting.secret]
PARTS = ("s3cret", KEY)


@pytest.fixture
def secret_file(tmp_path):
    def write(content: str | bytes, mode: int = 0o600):
        path = tmp_path / "secret"
        path.touch(mode=0o600)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return write


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as refused:
        from_environment(environ)
    return str(refused.value)


def opened(setting, settings: Settings):
    value = getattr(settings, setting.field)
    if setting.field == "master_keys":
        return [(key.kid, key.key) for key in value]
    return {name: value.get(name) for name in ("hubspot", "personio")} if hasattr(value, "get") else value


def test_a_setting_is_secret_exactly_if_it_is_not_shown():
    assert {setting.name for setting in SECRETS} == set(VALUES)
    settings = from_environment(VALUES)
    shown = dict(settings.shown())
    hidden = {s.name for s in SETTINGS if s.name in VALUES and repr(shown[s.field]) != repr(VALUES[s.name])}
    assert hidden == set(VALUES)
    assert [s.name for s in SETTINGS if not s.secret and shown[s.field] != getattr(settings, s.field)] == []
    assert not any(part in repr(settings) for part in PARTS)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_every_secret_is_read_from_its_file_as_from_its_variable(secret_file, mode):
    for setting in SECRETS:
        direct = from_environment({setting.name: VALUES[setting.name]})
        for content in (VALUES[setting.name], VALUES[setting.name] + "\n", f"{VALUES[setting.name]}\r\n\n"):
            path = secret_file(content, mode)
            read = from_environment({setting.file_name: str(path)})
            assert opened(setting, read) == opened(setting, direct), (setting.name, content)


def test_only_secrets_have_a_file_and_no_two_variables_are_alike():
    assert len(variables()) == len(SETTINGS) + len(SECRETS)
    message = refusal({"UNIFIED_PORT_FILE": "/run/secrets/port"})
    assert message.startswith("UNIFIED_PORT_FILE is not a setting. Did you mean 'UNIFIED_PORT'? The settings are: ")
    assert "UNIFIED_REDIS_URL_FILE" in message


def test_both_set_is_refused_and_an_empty_variable_counts_as_not_set(secret_file):
    for setting in SECRETS:
        path = str(secret_file(VALUES[setting.name]))
        assert refusal({setting.name: VALUES[setting.name], setting.file_name: path}) == (
            f"{setting.name} and {setting.file_name} are both set: expected one of them, not both."
        )
        read = from_environment({setting.name: "", setting.file_name: path})
        assert opened(setting, read) == opened(setting, from_environment({setting.name: VALUES[setting.name]}))
        if setting.field != "master_keys":
            assert from_environment({setting.file_name: ""}) == from_environment({})
    assert "UNIFIED_MASTER_KEYS_FILE: expected the path of a file" in refusal({"UNIFIED_MASTER_KEYS_FILE": ""})


def test_a_files_mistake_is_reported_without_its_content(secret_file, tmp_path):
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    for setting in SECRETS:
        content = VALUES[setting.name]
        cases = {
            f"expected a regular file, got a folder at {folder}": folder,
            f"expected a regular file, got a pipe or device at {pipe}": pipe,
        }
        for message, path in cases.items():
            assert refusal({setting.file_name: str(path)}) == f"{setting.file_name}: {message}."
        for mode in (0o644, 0o604, 0o666, 0o602):
            path = secret_file(content, mode)
            assert refusal({setting.file_name: str(path)}) == (
                f"{setting.file_name}: expected a file that only its owner and group can read, got mode {mode:04o} at {path}. "
                f"Run: chmod 600 {path}."
            )
        for empty in ("", "\n", " \r\n"):
            path = secret_file(empty)
            assert refusal({setting.file_name: str(path)}) == (
                f"{setting.file_name}: expected a secret, got an empty file at {path}."
            )
        path = secret_file(content.encode() + b"\xff\xfe")
        assert (
            refusal({setting.file_name: str(path)})
            == f"{setting.file_name}: expected text in UTF-8, got other bytes at {path}."
        )
        path = secret_file("x" * (1024 * 1024 + 1))
        assert refusal({setting.file_name: str(path)}) == (
            f"{setting.file_name}: expected a secret of at most 1048576 bytes, got more at {path}."
        )


def test_the_content_of_a_file_is_checked_as_the_variable_is(secret_file):
    path = secret_file(f"http://u:{PARTS[0]}@host")
    assert refusal({"UNIFIED_REDIS_URL_FILE": str(path)}) == (
        "UNIFIED_REDIS_URL_FILE: expected a URL that starts with redis or rediss, got 'http://'."
    )
    path = secret_file(f"k1:{KEY[:-2]}")
    assert not any(part[:8] in refusal({"UNIFIED_MASTER_KEYS_FILE": str(path)}) for part in PARTS)


@pytest.mark.parametrize("around", ["{}", "./{}", "/{}", "~/{}", "/etc/passwd/{}", "{}" * 200])
def test_a_secret_in_place_of_a_path_is_never_repeated(around):
    for setting in SECRETS:
        message = refusal({setting.file_name: around.format(*[VALUES[setting.name]] * 200)})
        assert message.startswith(f"{setting.file_name}: expected the path of a file that holds the secret, got a text of ")
        assert message.endswith("It is not repeated here, because it may be the secret itself.")
        assert not any(part in message for part in (*PARTS, "db.example", "cache.example", "hubspot", "personio"))


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes another user")
def test_a_file_of_another_user_is_named_with_the_remedy(secret_file):
    path = secret_file(VALUES["UNIFIED_METRICS_TOKEN"])
    for folder in path.parents:
        if folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(folder.stat().st_mode | 0o055)
    code = (
        f"import os; os.setgid(65534); os.setuid(65534)\n"
        f"from unified.files.secret_files import read_secret_file\n"
        f"try: read_secret_file({str(path)!r})\nexcept ValueError as e: print(e)"
    )
    came = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert came == f"{path} cannot be read by user 65534: Permission denied. Run: chown 65534 {path}"


def _refusal_if_any(environ: dict[str, str]) -> str:
    try:
        from_environment(environ)
    except ConfigurationError as refused:
        return str(refused)
    return ""


HOSTILE = "pa55.W0rd! of another file"
FRAMES = (
    "{}",
    "{}://host",
    "{}:{}",
    "a: b\n{}://host",
    "key={}\nurl=postgresql://u:p@h/d",
    "postgresql+{}://u:p@h/d",
    "redis://:{}@cache.example:{}/{}",
    "{}+redis://h",
    "k1:{}",
    "k1:wrapped:{}",
    "{},k2:x",
    '{{"hubspot": {{"client_id": "{}", "client_secret": 1}}}}',
    '{{"{}": "{}"}}',
    '["{}"',
)
"""What a file can hold that is not the one that was meant, with its text in every place."""


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("setting", SECRETS, ids=lambda setting: setting.name)
def test_what_another_file_holds_is_in_no_message(secret_file, setting, frame):
    content = frame.replace("{{", "\0").replace("}}", "\1").replace("{}", HOSTILE).replace("\0", "{").replace("\1", "}")
    for environ in ({setting.file_name: str(secret_file(content))}, {setting.name: content}):
        message = _refusal_if_any(environ)
        assert HOSTILE.split(maxsplit=1)[0] not in message, message
        assert not message or message.startswith(setting.name)


@pytest.mark.parametrize(
    ("raw", "came"),
    [
        ("mysql://u:p@h/d", "'mysql://'"),
        ("u:p@h://d", "a text without a scheme before '://'"),
        ("nothing", "a text without '://'"),
    ],
)
def test_a_scheme_is_repeated_only_if_it_has_the_form_of_one(raw, came):
    message = refusal({"UNIFIED_DATABASE_URL": raw})
    assert message == f"UNIFIED_DATABASE_URL: expected a URL that starts with sqlite or postgresql, got {came}."
