"""The key ring: from settings or from a file that only its owner can read."""

import re
import stat
import threading

import pytest

from unified.errors.configuration import ConfigurationError
from unified.settings.master_keys import MasterKey
from unified.settings.settings import Settings
from unified.vault.errors import UnknownKey
from unified.vault.keys import KeyRing, load_key_ring, new_key_line

A = MasterKey("a", b"a" * 32)
B = MasterKey("b", b"b" * 32)


def test_the_first_start_makes_a_file_for_its_owner_only(tmp_path):
    home = tmp_path / "home"
    ring = load_key_ring(Settings(home=home))
    file = home / "master.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [path.name for path in home.iterdir()] == ["master.keys"]
    assert len(ring.key(ring.current)) == 32


def test_the_next_start_reads_the_same_key(tmp_path):
    first = load_key_ring(Settings(home=tmp_path))
    second = load_key_ring(Settings(home=tmp_path))
    assert (second.current, second.key(second.current)) == (first.current, first.key(first.current))


def test_two_homes_have_different_keys_and_ids(tmp_path):
    one = load_key_ring(Settings(home=tmp_path / "one"))
    two = load_key_ring(Settings(home=tmp_path / "two"))
    assert one.current != two.current
    assert one.key(one.current) != two.key(two.current)


def test_many_first_starts_at_once_agree_on_one_key(tmp_path):
    rings = []
    starts = threading.Barrier(8)

    def start():
        starts.wait()
        rings.append(load_key_ring(Settings(home=tmp_path)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ring.key(ring.current) for ring in rings}) == 1
    assert len(rings) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["master.keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601])
def test_a_file_open_to_others_stops_the_start(tmp_path, mode):
    load_key_ring(Settings(home=tmp_path))
    file = tmp_path / "master.keys"
    file.chmod(mode)
    with pytest.raises(ConfigurationError) as refused:
        load_key_ring(Settings(home=tmp_path))
    assert str(refused.value) == (
        f"{file}: expected a key file that only its owner can read, got mode {mode:04o}. Run: chmod 600 {file}"
    )


def test_a_line_on_top_of_the_file_becomes_the_current_key(tmp_path):
    old = load_key_ring(Settings(home=tmp_path))
    file = tmp_path / "master.keys"
    line = new_key_line()
    file.write_text(f"{line}\n{file.read_text()}")
    ring = load_key_ring(Settings(home=tmp_path))
    assert ring.kids == (line.partition(":")[0], old.current)
    assert ring.current == line.partition(":")[0]


def test_a_broken_file_stops_the_start_without_showing_it(tmp_path):
    file = tmp_path / "master.keys"
    file.touch(mode=0o600)
    file.write_text("a:c2VjcmV0\n")
    with pytest.raises(ConfigurationError) as refused:
        load_key_ring(Settings(home=tmp_path))
    assert str(refused.value) == (f"{file}: expected 32 bytes in base64url (43 characters) for the key 'a', got 6 bytes.")


def test_an_emptied_file_is_not_replaced_by_a_new_key(tmp_path):
    file = tmp_path / "master.keys"
    file.touch(mode=0o600)
    with pytest.raises(ConfigurationError, match=re.escape("expected at least one kid:key pair, got none.")):
        load_key_ring(Settings(home=tmp_path))


def test_keys_of_the_settings_are_taken_and_no_file_is_made(tmp_path):
    ring = load_key_ring(Settings(home=tmp_path, master_keys=(A, B)))
    assert (ring.current, ring.kids, ring.key("b")) == ("a", ("a", "b"), b"b" * 32)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ((), "The key ring is empty: it needs at least one master key."),
        ((A, MasterKey("a", b"x" * 32)), "Two master keys have the same id; give each key its own."),
        ((A, MasterKey("c", b"x" * 16)), "A master key does not have 32 bytes."),
    ],
)
def test_a_ring_that_cannot_work_is_refused(keys, message):
    with pytest.raises(ConfigurationError) as refused:
        KeyRing(keys)
    assert str(refused.value) == message


def test_an_unknown_key_is_named_with_the_known_ones():
    with pytest.raises(UnknownKey) as refused:
        KeyRing((A, B)).key("c")
    assert str(refused.value) == (
        "No master key with the id 'c'; the ring has a, b. Add the old key to UNIFIED_MASTER_KEYS or the key file."
    )


def test_a_ring_does_not_show_its_keys():
    assert repr(KeyRing((A, B))) == "KeyRing(current='a', kids=('a', 'b'))"
