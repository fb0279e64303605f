"""Wrapped master keys: a program unwraps them; what it wrote is never repeated."""

import base64
import codecs
import stat

import pytest

from unified.errors.configuration import ConfigurationError
from unified.settings.master_keys import MasterKey, WrappedKey, parse_master_keys
from unified.settings.settings import Settings
from unified.vault.key_service import KINDS, key_service
from unified.vault.keys import add_master_key, load_key_ring
from unified.vault.seal import open_vault

REVERSES = """\
case "$1" in
  wrap) printf 'sealed-by-service:'; tr A-Za-z N-ZA-Mn-za-m ;;
  unwrap) cut -d: -f2 | tr A-Za-z N-ZA-Mn-za-m ;;
esac
"""
"""A service whose wrapped text is the key's text with its letters moved by 13: not the key, and it comes back as it was."""
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")


@pytest.fixture
def program(tmp_path):
    def make(script):
        path = tmp_path / "key-service"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return str(path)

    return make


def test_the_kinds_are_known():
    assert set(KINDS) == {"local", "program"}


def test_a_key_is_wrapped_and_unwrapped_by_the_program(program):
    service = key_service(Settings(key_service=program(REVERSES)))
    line = service.wrap("k1", KEY)
    assert line.startswith("k1:wrapped:")
    assert KEY not in line
    (wrapped,) = parse_master_keys(line)
    assert isinstance(wrapped, WrappedKey)
    assert wrapped.wrapped == b"sealed-by-service:" + codecs.encode(KEY, "rot13").encode()
    opened = service.unwrap(wrapped)
    assert (opened.kid, opened.key) == ("k1", bytes(range(32)))


def test_the_first_start_makes_a_wrapped_key_and_the_next_opens_with_it(tmp_path, program):
    settings = Settings(home=tmp_path / "home", key_service=program(REVERSES))
    sealed = open_vault(settings).seal(b"secret", context=("here",))
    file = settings.home / "master.keys"
    assert ":wrapped:" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_vault(settings).open(sealed, context=("here",)) == b"secret"


def test_plain_and_wrapped_keys_can_be_combined(tmp_path, program):
    home = tmp_path / "home"
    old = load_key_ring(Settings(home=home))
    settings = Settings(home=home, key_service=program(REVERSES))
    kid, line = add_master_key(settings)
    ring = load_key_ring(settings)
    assert (ring.kids, line) == ((kid, old.current), None)
    assert (home / "master.keys").read_text().startswith(f"{kid}:wrapped:")


def test_keys_of_the_environment_may_be_wrapped(program):
    service = program(REVERSES)
    line = key_service(Settings(key_service=service)).wrap("k1", KEY)
    ring = load_key_ring(Settings(master_keys=parse_master_keys(line), key_service=service))
    assert ring.key("k1") == bytes(range(32))


def test_the_program_sees_nothing_of_the_environment(tmp_path, program, monkeypatch):
    monkeypatch.setenv("UNIFIED_METRICS_TOKEN", "planted")
    monkeypatch.setenv("PLANTED", "planted")
    seen = tmp_path / "seen"
    key_service(Settings(key_service=program(f"env > {seen}; echo x"))).wrap("k1", KEY)
    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert {"PATH", "HOME"} <= names
    assert names <= {"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}


def test_the_program_is_not_run_by_a_shell(tmp_path, program):
    settings = Settings(key_service=program("echo x") + "; touch " + str(tmp_path / "made"))
    with pytest.raises(ConfigurationError, match="expected the absolute path of an executable program"):
        key_service(settings)
    assert not (tmp_path / "made").exists()


def test_a_wrapped_key_without_a_service():
    with pytest.raises(ConfigurationError) as refused:
        load_key_ring(Settings(master_keys=(MasterKey("a", b"a" * 32), WrappedKey("k1", b"x"))))
    assert str(refused.value) == "The master key 'k1' is wrapped: set UNIFIED_KEY_SERVICE to the program that unwraps it."


SAYS = "planted-output"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"echo {SAYS}; echo {SAYS} >&2; exit 7", "expected exit code 0, got 7. Run it by hand to see why."),
        (f"echo {SAYS}", "expected 32 bytes in base64url (43 characters) for the key 'k1', got 10 bytes."),
        (f"echo '{SAYS}!'", "expected 32 bytes in base64url (43 characters) for the key 'k1', got other characters."),
        (f"printf '\\377{SAYS}'", "expected 32 bytes in base64url (43 characters) for the key 'k1', got other characters."),
        ("true", "expected 32 bytes in base64url (43 characters) for the key 'k1', got other characters."),
        (f"echo {SAYS}; sleep 60 & sleep 60", "no answer within 0.3 seconds; it was stopped."),
    ],
)
def test_what_a_program_gets_wrong(program, script, message):
    path = program(script)
    with pytest.raises(ConfigurationError) as refused:
        key_service(Settings(key_service=path), limit=0.3 if "sleep" in script else 30).unwrap(WrappedKey("k1", b"x"))
    assert str(refused.value) == f"{path} unwrap: {message}"
    assert SAYS not in str(refused.value)


def test_a_program_that_wraps_nothing(program):
    path = program("cat > /dev/null")
    with pytest.raises(ConfigurationError) as refused:
        key_service(Settings(key_service=path)).wrap("k1", KEY)
    assert str(refused.value) == f"{path} wrap: expected the wrapped key on standard output, got nothing."


def test_a_program_that_cannot_be_run(tmp_path):
    path = tmp_path / "key-service"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o700)
    with pytest.raises(ConfigurationError) as refused:
        key_service(Settings(key_service=str(path))).wrap("k1", KEY)
    assert str(refused.value) == f"{path} wrap: cannot be run: No such file or directory."


@pytest.mark.parametrize("name", ["key-service", "/no/such/program", "/etc/passwd", "/"])
def test_a_path_that_is_not_a_program(name):
    with pytest.raises(ConfigurationError) as refused:
        key_service(Settings(key_service=name))
    assert str(refused.value) == f"UNIFIED_KEY_SERVICE: expected the absolute path of an executable program, got '{name}'."


@pytest.mark.parametrize("text", ["k1:wrapped:", "k1:wrapped:a b", "k1:wrapped:a", "k1:wrapped:=="])
def test_wrapped_text_that_was_broken(text):
    with pytest.raises(
        ValueError, match=r"^expected base64url after 'k1:wrapped:', got nothing, other characters or a truncated text"
    ):
        parse_master_keys(text)


def test_a_wrapped_key_does_not_show_itself():
    assert repr(WrappedKey("k1", b"planted")) == "WrappedKey('k1', …)"
