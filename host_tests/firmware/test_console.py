"""The real firmware/main.py in a process of its own, on both runtimes and without a CSMS: every
console command answers as it should, and every way to end the program ends it well."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from host_tests import runtimes
from host_tests.station import MAIN, RUNTIMES, Refused, Station, interpreter

CONFIG = {
    "station": {"id": "CP 7/x"},
    "board": "simulated",
    "evses": [{"connectors": ["cType2", "sType2"]}, {"connectors": ["cType2"], "phases": 1}],
    "cards": [{"idToken": "04A1"}],
}
# Nobody listens there: the station is offline, and stays so.
OFFLINE = {**CONFIG, "csms": {"url": "ws://127.0.0.1:1/ocpp", "password": "0123456789abcdef"}}


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    return request.param


@pytest.fixture
def station(runtime, tmp_path):
    with Station(runtime, CONFIG, tmp_path) as station:
        yield station


@pytest.fixture
def offline(runtime, tmp_path):
    with Station(runtime, OFFLINE, tmp_path) as station:
        yield station


def run_to_end(runtime, *arguments, **options):
    """Run main.py with these arguments; returns subprocess.CompletedProcess."""
    command = [*interpreter(runtime), str(MAIN), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


# ------------------------------------------------------------------------------------------ status


def test_status_has_the_keys_that_others_rely_on(station):
    status = station.status()
    assert set(status) == {
        "station", "connected", "registration", "security_profile", "uptime_s", "clock", "evses",
        "waiting", "queue", "memory", "errors",
    }  # fmt: skip
    assert status["station"] == "CP 7/x"
    assert status["connected"] is False
    assert status["queue"] == {"transaction": 0, "normal": 0}
    assert status["waiting"] == []
    assert status["errors"] == 0
    assert status["evses"] == [
        {
            "id": evse_id,
            "availability": "Available",
            "connectors": [
                {"id": n + 1, "status": "Available", "plugged": False} for n in range(connectors)
            ],
            "transaction": None,
            "contactor": "open",
            "limit_a": None,
            "power_w": 0,
            "energy_wh": 0,
        }
        for evse_id, connectors in ((1, 2), (2, 1))
    ]


def test_status_tells_memory_where_the_interpreter_does(station):
    memory = station.status()["memory"]
    if station.runtime == "cpython":
        assert memory is None
    else:
        assert set(memory) == {"used", "free"}
        assert memory["used"] > 0


def test_C13_a_station_without_csms_charges_its_own_cards(station):
    station.command("speed 60")
    station.command("plug 1")
    assert station.command("authorize 04A1") == ["Accepted"]
    station.command("tap 04a1")
    status = station.wait_until(lambda status: status["evses"][0]["energy_wh"] > 0)
    evse = status["evses"][0]
    assert status["clock"] == "synced"
    assert evse["contactor"] == "closed"
    assert evse["transaction"]["charging_state"] == "Charging"
    assert evse["transaction"]["id_token"] == "04a1"
    assert set(evse["transaction"]) == {"id", "seq_no", "charging_state", "id_token"}
    assert any("TransactionEvent" in line for line in station.command("queue"))
    station.command("tap 04A1")
    station.wait_until(lambda status: status["evses"][0]["contactor"] == "open")
    station.command("unplug 1")
    station.wait_until(lambda status: status["evses"][0]["transaction"] is None)


def test_C02_start_and_stop_buttons(station):
    station.command("plug 2")
    station.command("start 2")
    status = station.wait_until(lambda status: status["evses"][1]["transaction"])
    assert status["evses"][1]["transaction"]["id_token"] == ""
    station.command("stop 2")
    station.wait_until(lambda status: not status["evses"][1]["transaction"])


def test_B03_no_token_is_taken_before_the_csms_has_accepted_the_station(offline):
    offline.command("plug 1")
    with pytest.raises(Refused, match="refused"):
        offline.command("tap 04A1")
    assert any("has not accepted" in line for line in offline.command("log tail"))


# ---------------------------------------------------------------------------------------- commands


def test_help_names_every_command_and_each_of_them_is_known(station):
    names = {
        "status", "tap", "start", "stop", "authorize", "unlock", "config show", "config get",
        "config set", "config save", "meter raw", "fault", "clear", "vars", "set", "queue", "log",
        "log tail", "log security", "crash", "data", "ws drop", "ws connect", "reset",
        "factory-reset", "version", "quit", "plug", "unplug", "ev", "load", "cable", "meter",
        "network", "speed",
    }  # fmt: skip
    lines = station.command("help")
    listed = {re.match(r"[a-z-]+( (?!charge)[a-z]+)?(?= )", line).group() for line in lines}
    assert names <= listed
    for name in listed - {"quit", "reset", "factory-reset"}:
        assert not station.ask(name + " a b c d e")[-1].startswith("ERR unknown")


MALFORMED = [
    "", "   ", "nonsense", "STATUS", "status now", "tap", "tap 04A1 Paper", "tap 04A1 Local 3",
    "tap " + "x" * 37, "start", "start 0", "start 3", "start x", "start -1", "start 1.0", "stop 9",
    "authorize", "authorize 04A1 Paper", "unlock 1 3", "unlock 2 2", "config", "config get",
    "config get csms.nothing", "config get evses.3", "config set", "config set log_level",
    "config set log_level loud", 'config set log_level "loud"', "config set evses.1.phases true",
    'config set station.id "a:b"', "meter raw", "meter raw 3", "meter raw 1 3 0 2", "fault",
    "fault 3", "fault 1 3", "clear 1 7", "vars A B C", "vars TxCtrlr Nothing",
    "set", "set TxCtrlr TxStartPoint",
    "set TxCtrlr Nothing 1", "set Nothing TxStartPoint 1", "set TxCtrlr TxStartPoint Never",
    "set EVSE@9 Enabled true", "set EVSE@x Enabled true", "log loud", "log tail x", "log tail 0",
    "data", "data com.example", "ws", "ws drop", "ws connect", "reset now", "quit now", "speed",
    "speed 0", "speed x", "speed 1001", "plug", "plug 3", "plug 1 3", "ev 1", "ev 1 sleep",
    "load 1 much", "cable 1 lost", "meter 1", "meter 1 tired", "network", "network sideways",
    "t\u00e4p 1", "\x00", "{}",
]  # fmt: skip


def test_what_is_unknown_or_malformed_gets_ERR_and_nothing_else(station):
    for line in MALFORMED:
        answer = station.ask(line)
        assert len(answer) == 1 and answer[0].startswith("ERR "), line
        assert "internal" not in answer[0], line
    assert station.status()["errors"] == 0
    assert station.command("crash") == []
    assert "Traceback" not in station.log()


def test_bytes_that_are_no_text_get_ERR(station):
    station.process.stdin.write(b"\xff\xfe\x80\n")
    assert station.ask("version")[0].startswith("ERR ")


def test_meter_raw_shows_the_reading(station):
    assert station.command("meter raw 2") == [
        "energy_wh 0, power_w 0",
        "current_ma [0, -1, -1], voltage_dv [2300, -1, -1]",
    ]
    station.command("meter 2 stale")
    with pytest.raises(Refused, match="does not answer"):
        station.command("meter raw 2")


def test_fault_and_clear(station):
    def is_faulted(status, connector):
        return status["evses"][0]["connectors"][connector - 1]["status"] == "Faulted"

    station.command("fault 1 2 GroundFailure")
    station.wait_until(lambda status: is_faulted(status, 2) and not is_faulted(status, 1))
    assert any("GroundFailure" in line for line in station.command("log tail"))
    station.command("clear 1 2")
    station.wait_until(lambda status: not is_faulted(status, 2))
    station.command("fault 1 OverTemperature")
    station.wait_until(lambda status: is_faulted(status, 1))


def test_unlock(station):
    station.command("unlock 1 2")
    station.command("cable 1 lock-fail")
    with pytest.raises(Refused):
        station.command("unlock 1 2")


def test_vars_shows_name_value_and_mutability(station):
    start = ["TxCtrlr TxStartPoint PowerPathClosed ReadWrite"]
    assert station.command("vars TxCtrlr TxStartPoint") == start
    assert station.command("vars SecurityCtrlr Identity") == [
        "SecurityCtrlr Identity CP 7/x ReadOnly"
    ]
    assert station.command("vars Connector ConnectorType") == [
        "Connector@1.1 ConnectorType cType2 ReadOnly",
        "Connector@1.2 ConnectorType sType2 ReadOnly",
        "Connector@2.1 ConnectorType cType2 ReadOnly",
    ]
    assert len(station.command("vars Connector@1 ConnectorType")) == 2
    assert len(station.command("vars Connector@1.2 ConnectorType")) == 1
    assert len(station.command("vars OCPPCommCtrlr MessageAttempts#TransactionEvent")) == 1
    everything = station.command("vars")
    assert start[0] in everything and len(everything) > 100
    with pytest.raises(Refused, match="no such variable"):
        station.command("vars Nothing")


def test_B05_set_survives_a_restart_and_a_factory_reset_forgets_it(station):
    station.command("set TxCtrlr EVConnectionTimeOut 33")
    station.command("set OCPPCommCtrlr MessageAttempts#TransactionEvent 4")
    station.command("reset")
    station.wait_ready()
    assert " 33 " in station.command("vars TxCtrlr EVConnectionTimeOut")[0]
    assert " 4 " in station.command("vars OCPPCommCtrlr MessageAttempts#TransactionEvent")[0]
    station.command("factory-reset")
    station.wait_ready()
    assert " 33 " not in station.command("vars TxCtrlr EVConnectionTimeOut")[0]


def test_passwords_are_shown_to_nobody(offline):
    secret = OFFLINE["csms"]["password"]
    for command in ("config show", "config get csms.password", "config get csms", "vars"):
        assert secret not in "\n".join(offline.command(command))
    assert offline.command("config get csms.password") == ['"***"']
    assert secret not in offline.log()


def test_config_set_counts_from_the_next_start_once_it_is_saved(station):
    station.command('config set station.id "CP8"')
    assert station.command("config get station.id") == ['"CP8"']
    assert json.loads(station.command("config show")[0])["station"] == {"id": "CP8"}
    assert station.status()["station"] == "CP 7/x"
    station.command("config save")
    station.command("reset hard")
    station.wait_ready()
    assert station.status()["station"] == "CP8"


def test_config_set_without_save_is_forgotten(station):
    station.command("config set evses.2.max_current_a 16")
    station.command("reset")
    station.wait_ready()
    assert station.command("config get evses.2") == [json.dumps(CONFIG["evses"][1])] or (
        json.loads(station.command("config get evses.2")[0]) == CONFIG["evses"][1]
    )


def test_log_level_and_tail(station):
    station.command("log error")
    station.command("fault 1 Smoke")
    assert any("Smoke" in line for line in station.command("log tail"))
    assert len(station.command("log tail 1")) == 1


def test_version_names_firmware_interpreter_and_board(station):
    (line,) = station.command("version")
    assert re.fullmatch(rf"ocpp201 \S+, {station.runtime} [\d.]+, simulated", line)


def test_data_and_authorize_when_nobody_can_be_asked(offline):
    with pytest.raises(Refused, match="offline"):
        offline.command("data com.example hello some text")
    assert offline.command("authorize UNKNOWN") == ["Unknown"]
    offline.command("ws drop")
    offline.command("ws connect")


# ----------------------------------------------------------------------------- start, restart, end


def test_reset_composes_anew_and_says_READY_again(station):
    station.command("plug 1")
    for kind in ("", " soft", " hard"):
        station.command("reset" + kind)
        station.wait_ready()
    assert station.status()["evses"][0]["connectors"][0]["plugged"] is True


def test_a_command_behind_a_reset_waits_for_the_new_station(station):
    station.process.stdin.write(b"reset\n")
    assert station.ask("version") == ["OK"]  # of the reset
    station.wait_ready()
    assert station.next_line().startswith("ocpp201")


def test_a_reset_opens_the_contactor(station):
    station.command("plug 1")
    station.command("tap 04A1")
    station.wait_until(lambda status: status["evses"][0]["contactor"] == "closed")
    station.command("reset")
    station.wait_ready()
    assert station.status()["evses"][0]["contactor"] == "open"


def test_registers_and_cables_outlast_a_power_cut(station):
    station.command("speed 100")
    station.command("plug 1")
    station.command("tap 04A1")
    before = station.wait_until(lambda status: status["evses"][0]["energy_wh"] > 100)
    station.cut_power()
    station.start()
    after = station.status()["evses"][0]
    assert after["energy_wh"] >= before["evses"][0]["energy_wh"]
    assert after["connectors"][0]["plugged"] is True
    assert after["contactor"] == "open"


def test_quit_ends_with_status_0(station):
    assert station.stop() == 0


def test_SIGINT_ends_with_status_0(station):
    station.command("plug 1")
    station.signal(signal.SIGINT)
    assert station.wait() == 0
    assert "Traceback" not in station.log()


def test_SIGTERM_ends_with_status_0_on_CPython(tmp_path):
    with Station("cpython", CONFIG, tmp_path) as station:
        station.signal(signal.SIGTERM)
        assert station.wait() == 0


@pytest.mark.parametrize("ms", [0, 3, 6])
def test_SIGTERM_during_a_restart_ends_with_status_0_too(ms, tmp_path):
    with Station("cpython", CONFIG, tmp_path) as station:
        station.command("reset hard")
        time.sleep(ms / 1000)
        station.signal(signal.SIGTERM)
        assert station.wait() == 0


def test_the_end_of_stdin_does_not_stop_the_station(station):
    station.process.stdin.write(b"version\n")
    station.close_stdin()
    assert station.next_line().startswith("ocpp201")
    assert station.next_line() == "OK"
    station.signal(signal.SIGINT)
    assert station.wait() == 0


def test_stdin_may_be_a_file_or_nothing(runtime, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    commands = tmp_path / "commands.txt"
    commands.write_text("version\nquit\n")
    with open(commands) as stdin:
        done = run_to_end(runtime, tmp_path / "config.json", stdin=stdin)
    assert done.stdout.startswith("READY\nocpp201")
    assert done.returncode == 0


def test_a_stdout_that_is_gone_does_not_stop_the_station(station):
    station.process.stdout.close()
    for _ in range(3):
        station.process.stdin.write(b"status\n")
    station.process.stdin.write(b"plug 1\nquit\n")
    station.process.stdin.flush()
    assert station.process.wait(120) == 0
    kept = json.loads((station.folder / "data" / "simulated.json").read_text())
    assert kept[0]["cables"] == [1]


BAD = [
    ({"station": {"id": "a:b"}}, "station.id"),
    ({"colour": 1}, "colour"),
    ({"csms": {"security_profile": 2, "password": "x" * 16, "ca": "none.pem"}}, "csms.ca"),
    ({"variables": [{"component": {"name": "Nothing"}}]}, "variables"),
    (
        {
            "variables": [
                {
                    "component": {"name": "TxCtrlr"},
                    "variable": {"name": "TxStartPoint"},
                    "attributeValue": "Never",
                }
            ]
        },
        "variables",
    ),
    ({"data_dir": "no/such/folder/data"}, "data_dir"),
]


@pytest.mark.parametrize(("sections", "key"), BAD, ids=[key for _, key in BAD])
def test_a_config_that_cannot_be_used_is_one_line_and_status_2(runtime, tmp_path, sections, key):
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, **sections}))
    done = run_to_end(runtime, tmp_path / "config.json", stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(key + ": ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data" / "simulated.json").exists()


def test_a_config_that_is_not_there_is_one_line_and_status_2(runtime, tmp_path):
    done = run_to_end(runtime, tmp_path / "none.json", stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}/none.json: cannot be read\n"


def test_it_finds_its_own_files_from_any_folder(runtime, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    for folder in (runtimes.ROOT / "firmware", runtimes.ROOT, tmp_path):
        main = os.path.relpath(MAIN, folder)
        command = [*interpreter(runtime), main, str(tmp_path / "config.json")]
        done = subprocess.run(
            command, cwd=folder, input="quit\n", capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stdout) == (0, "READY\nOK\n"), done.stderr


def test_the_shipped_config_can_be_used():
    import config
    import config_file

    path = str(runtimes.ROOT / "firmware" / "config.json")
    checked = config.check(config_file.load(path), path)
    assert checked["csms"]["url"] == "ws://127.0.0.1:9000/ocpp"
    assert [len(evse["connectors"]) for evse in checked["evses"]] == [2, 2]
