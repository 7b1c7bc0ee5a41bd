"""The config file: every way to get it wrong is named by its key, before anything else happens."""

import json

import config
import pytest
from commands_config import changed, find, masked
from config_file import ConfigError, load, save

GOOD = {"station": {"id": "CP001"}, "board": "simulated"}


def check(**sections):
    return config.check({**GOOD, **sections}, "folder/config.json")


def test_two_keys_are_enough_and_all_else_has_a_default():
    checked = check()
    assert checked["station"] == {
        "id": "CP001", "model": "Station", "vendor_name": "ocpp201", "serial_number": None,
    }  # fmt: skip
    assert checked["csms"]["url"] is None
    assert checked["csms"]["security_profile"] == 0
    assert checked["evses"] == [{"connectors": ("cType2",), "phases": 3, "max_current_a": 32}]
    assert checked["log_level"] == "info"


def test_file_names_are_relative_to_the_config_file():
    assert check()["data_dir"] == "folder/data"
    assert check(data_dir="/var/station")["data_dir"] == "/var/station"
    assert check(csms={"ca": "root.pem"})["csms"]["ca"] == "folder/root.pem"
    assert config.check(GOOD, "config.json")["data_dir"] == "data"


def test_a_password_means_security_profile_1():
    assert check(csms={"password": "0123456789abcdef"})["csms"]["security_profile"] == 1


def test_a_card_is_ISO14443_unless_it_says_otherwise():
    assert check(cards=[{"idToken": "04A1"}])["cards"] == [{"idToken": "04A1", "type": "ISO14443"}]


BAD = [
    ({"board": None}, "board"),
    ({"board": "unheard-of"}, "board"),
    ({"board": ["simulated"]}, "board"),
    ({"colour": "red"}, "colour"),
    ({"station": None}, "station.id"),
    ({"station": 3}, "station"),
    ({"station": {}}, "station.id"),
    ({"station": {"id": ""}}, "station.id"),
    ({"station": {"id": "a:b"}}, "station.id"),
    ({"station": {"id": "x" * 49}}, "station.id"),
    ({"station": {"id": 7}}, "station.id"),
    ({"station": {"id": "CP", "model": "m" * 21}}, "station.model"),
    ({"station": {"id": "CP", "vendor_name": ""}}, "station.vendor_name"),
    ({"station": {"id": "CP", "serial_number": 1}}, "station.serial_number"),
    ({"station": {"id": "CP", "name": "x"}}, "station.name"),
    ({"csms": []}, "csms"),
    ({"csms": {"url": "http://127.0.0.1"}}, "csms.url"),
    ({"csms": {"url": "ws://"}}, "csms.url"),
    ({"csms": {"url": "ws://host:port/"}}, "csms.url"),
    ({"csms": {"url": "ws://host/\r\nX: y"}}, "csms.url"),
    ({"csms": {"url": "wss://host/", "security_profile": 1, "password": "x" * 16}}, "csms.url"),
    ({"csms": {"url": "ws://host/", "security_profile": 2, "password": "x" * 16}}, "csms.url"),
    ({"csms": {"url": "ws://host/", "security_profile": 3, "ca": "ca.pem"}}, "csms.url"),
    ({"csms": {"url": "wss://host/"}}, "csms.password"),
    ({"csms": {"security_profile": 2}}, "csms.password"),
    ({"csms": {"security_profile": 2, "password": "x" * 16}}, "csms.ca"),
    ({"csms": {"security_profile": 3}}, "csms.ca"),
    ({"csms": {"security_profile": 3, "ca": "none.pem"}}, "csms.ca"),
    ({"csms": {"security_profile": 4}}, "csms.security_profile"),
    ({"csms": {"security_profile": True}}, "csms.security_profile"),
    ({"csms": {"security_profile": 1}}, "csms.password"),
    ({"csms": {"security_profile": 1, "password": "too short"}}, "csms.password"),
    ({"csms": {"password": "p" * 65}}, "csms.password"),
    ({"csms": {"user": "x"}}, "csms.user"),
    ({"evses": []}, "evses"),
    ({"evses": {}}, "evses"),
    ({"evses": ["cType2"]}, "evses.1"),
    ({"evses": [{}, {"connectors": []}]}, "evses.2.connectors"),
    ({"evses": [{"connectors": ["cType3"]}]}, "evses.1.connectors"),
    ({"evses": [{"connectors": [["cType2"]]}]}, "evses.1.connectors"),
    ({"evses": [{"phases": 4}]}, "evses.1.phases"),
    ({"evses": [{"phases": "3"}]}, "evses.1.phases"),
    ({"evses": [{"max_current_a": 5}]}, "evses.1.max_current_a"),
    ({"evses": [{"max_current_a": 16.5}]}, "evses.1.max_current_a"),
    ({"evses": [{"power": 1}]}, "evses.1.power"),
    ({"data_dir": ""}, "data_dir"),
    ({"variables": {}}, "variables"),
    ({"cards": ["04A1"]}, "cards.1"),
    ({"cards": [{"type": "Local"}]}, "cards.1.idToken"),
    ({"cards": [{"idToken": "x" * 37}]}, "cards.1.idToken"),
    ({"cards": [{"idToken": "x", "type": "Paper"}]}, "cards.1.type"),
    ({"freevend_token": ""}, "freevend_token"),
    ({"log_level": "loud"}, "log_level"),
    ({"log_level": 1}, "log_level"),
]


@pytest.mark.parametrize(("sections", "key"), BAD, ids=lambda value: json.dumps(value)[:60])
def test_a_bad_config_names_the_key(sections, key):
    with pytest.raises(ConfigError) as error:
        check(**sections)
    assert str(error.value).startswith(key + ": ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"board": }'])
def test_a_file_that_is_no_object_names_the_file(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="config.json: "):
        load(str(path))


def test_a_missing_file_names_the_file(tmp_path):
    with pytest.raises(ConfigError, match="nowhere.json: cannot be read"):
        load(str(tmp_path / "nowhere.json"))


def test_passwords_are_masked_wherever_they_stand():
    raw = {"csms": {"password": "0123456789abcdef"}, "wifi": [{"ssid": "a", "password": "b"}]}
    assert masked(raw) == {
        "csms": {"password": "***"}, "wifi": [{"ssid": "a", "password": "***"}],
    }  # fmt: skip


def test_a_key_is_found_and_changed_with_lists_counted_from_1():
    raw = {"evses": [{"phases": 3}, {"phases": 1}]}
    assert find(raw, "evses.2.phases") == 1
    assert changed(raw, "evses.1.phases", "1") == {"evses": [{"phases": 1}, {"phases": 1}]}
    assert raw["evses"][0]["phases"] == 3
    assert changed({}, "csms.url", '"ws://x"') == {"csms": {"url": "ws://x"}}


@pytest.mark.parametrize("key", ["evses.0", "evses.3", "evses.x", "station.id.x", "", "csms"])
def test_a_key_that_is_not_there_is_refused(key):
    with pytest.raises(ValueError, match="there is no such key"):
        find({**GOOD, "evses": [{}, {}]}, key)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    path = str(tmp_path / "config.json")
    save({**GOOD, "evses": [{"phases": 1}]}, path)
    assert load(path) == {**GOOD, "evses": [{"phases": 1}]}
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]
