"""A new master key is put on top of the file whole, and a running vault follows the file."""

import errno
import os
import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from unified.errors.configuration import ConfigurationError
from unified.errors.requests import InvalidCursor
from unified.settings.master_keys import MasterKey
from unified.settings.settings import Settings
from unified.vault.key_file import KEY_FILE
from unified.vault.keys import add_master_key, load_key_ring, new_key_line
from unified.vault.seal import Vault, key_of, open_vault

HERE = ("ten_1", "acc_1")
LINE = f"k1:{'A' * 43}"


def test_a_new_key_is_put_on_top_of_the_file(tmp_path):
    old = load_key_ring(Settings(home=tmp_path)).current
    kid, line = add_master_key(Settings(home=tmp_path))
    ring = load_key_ring(Settings(home=tmp_path))
    assert (ring.kids, line) == ((kid, old), None)
    file = tmp_path / "master.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.keys"]


@pytest.mark.parametrize("below", ["", "inside"])
def test_a_home_folder_that_cannot_be_made_is_named_with_the_setting(tmp_path, below):
    (tmp_path / "file").touch()
    home = tmp_path / "file" / below
    with pytest.raises(ConfigurationError, match=f"^{home}: the folder cannot be created: .*UNIFIED_HOME"):
        load_key_ring(Settings(home=home))


def test_with_keys_of_the_environment_the_line_is_given_and_no_file_written(tmp_path):
    kid, line = add_master_key(Settings(home=tmp_path, master_keys=(MasterKey("a", b"a" * 32),)))
    assert line is not None
    assert line.startswith(f"{kid}:")
    assert not list(tmp_path.iterdir())


def test_a_broken_file_is_not_written_over(tmp_path):
    file = tmp_path / "master.keys"
    file.touch(mode=0o600)
    file.write_text("broken")
    with pytest.raises(ConfigurationError, match="expected kid:key"):
        add_master_key(Settings(home=tmp_path))
    assert file.read_text() == "broken"


def test_two_that_add_a_key_at_once_do_not_lose_one(tmp_path):
    load_key_ring(Settings(home=tmp_path))
    before = (tmp_path / "master.keys").read_text()
    draft = tmp_path / ".master.keys.new"
    draft.touch()
    with pytest.raises(ConfigurationError) as refused:
        add_master_key(Settings(home=tmp_path))
    assert str(refused.value) == (
        f"{draft} exists: another process is adding a key, or one was interrupted. If none is running, remove the file."
    )
    assert (tmp_path / "master.keys").read_text() == before


def test_a_running_vault_seals_with_the_new_key_and_still_opens_the_old(tmp_path):
    vault = open_vault(Settings(home=tmp_path))
    old = vault.seal(b"old", context=HERE)
    kid, _ = add_master_key(Settings(home=tmp_path))
    new = vault.seal(b"new", context=HERE)
    assert (key_of(new), vault.kids[0]) == (kid, kid)
    assert vault.open(old, context=HERE) == b"old"


def test_a_running_vault_opens_what_another_process_sealed_with_a_newer_key(tmp_path):
    vault = open_vault(Settings(home=tmp_path))
    add_master_key(Settings(home=tmp_path))
    other = open_vault(Settings(home=tmp_path))
    assert vault.open(other.seal(b"new", context=HERE), context=HERE) == b"new"


def test_a_running_vault_opens_cursors_of_a_newer_key(tmp_path):
    vault = open_vault(Settings(home=tmp_path))
    add_master_key(Settings(home=tmp_path))
    cursor = open_vault(Settings(home=tmp_path)).seal_cursor(b"p", context=HERE)
    assert vault.open_cursor(cursor, context=HERE) == b"p"
    with pytest.raises(InvalidCursor):
        vault.open_cursor(cursor, context=("ten_2", "acc_1"))


def test_a_key_that_left_the_file_opens_until_the_process_ends(tmp_path):
    vault = open_vault(Settings(home=tmp_path))
    old = vault.seal(b"old", context=HERE)
    file = tmp_path / "master.keys"
    file.write_text(new_key_line() + "\n")
    assert vault.open(old, context=HERE) == b"old"
    assert key_of(vault.seal(b"new", context=HERE)) == file.read_text().partition(":")[0]
    assert vault.open(old, context=HERE) == b"old"


@pytest.mark.parametrize(("text", "mode"), [("broken", 0o600), (LINE, 0o644)])
def test_a_file_that_cannot_be_used_is_said_and_the_keys_stay(tmp_path, text, mode):
    vault = open_vault(Settings(home=tmp_path))
    vault.seal(b"x", context=HERE)
    file = tmp_path / "master.keys"
    file.write_text(text)
    file.chmod(mode)
    with capture_logs() as logs:
        sealed = vault.seal(b"x", context=HERE)
        vault.seal(b"x", context=HERE)
    assert [(one["event"], one["log_level"]) for one in logs] == [("key_file_not_taken", "warning")]
    assert LINE.partition(":")[2] not in logs[0]["reason"]
    assert vault.open(sealed, context=HERE) == b"x"


def test_keys_of_the_environment_are_not_watched(tmp_path):
    vault = open_vault(Settings(home=tmp_path, master_keys=(MasterKey("a", b"a" * 32),)))
    (tmp_path / "master.keys").write_text(new_key_line())
    assert key_of(vault.seal(b"x", context=HERE)) == "a"


def test_key_of_is_none_for_anything_else():
    assert key_of("v1.k") is None
    assert key_of("") is None
    assert key_of(Vault(load_ring()).seal(b"x", context=HERE)) == "a"


def load_ring():
    return load_key_ring(Settings(master_keys=(MasterKey("a", b"a" * 32),)))


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_key_that_cannot_be_written_leaves_the_keys_and_the_next_try_as_they_were(tmp_path, monkeypatch, step):
    def full(*_words, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    settings = Settings(home=tmp_path)
    load_key_ring(settings)
    before = (tmp_path / KEY_FILE).read_text()
    with monkeypatch.context() as disk:
        disk.setattr(*((Path, "replace", full) if step == "replace" else (os, step, full)))
        with pytest.raises(
            ConfigurationError, match=r"the key cannot be added: No space left on device\. The keys are what they"
        ):
            add_master_key(settings)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {KEY_FILE: before}
    kid, _ = add_master_key(settings)
    assert load_key_ring(settings).current == kid
