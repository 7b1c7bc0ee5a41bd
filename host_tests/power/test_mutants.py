"""Would the power cuts notice? Each mutant breaks one rule of the journal, and is caught by a
short run of test_cuts.py and test_cuts_posix.py; or, one of a transaction after the cut, by
test_stateful.py. One that is not found in the source, once, is a failure of this list."""

import os
import shutil
import subprocess
import sys

import pytest

from host_tests.runtimes import ROOT

_SHORT = """
import host_tests.power.test_cuts as t
t.cut_everywhere((1, 2, 3), 262144)
t.cut_everywhere((100,), t.FULL, True)
t.test_E04_thinning_leaves_all_but_updated()
t.test_E04_thinning_leaves_the_newest_of_a_transaction()
t.test_E04_all_samples_are_kept_again_when_the_queue_is_short()
t.test_PWR1_errors_of_the_medium_lose_nothing()

import host_tests.power.test_cuts_posix as posix
posix.test_PWR1_each_change_is_durable_when_it_returns()
for seed in (1, 2, 3):
    posix.cut_everywhere(seed)
posix.cut_everywhere(100, posix.FULL, True)
"""

MUTANTS = [
    # what it breaks, file, text, text instead
    ("no crc of a record", "seglog", "!= crc32(payload, crc32(head, segment_id))", "== -1"),
    ("an append is torn, and its tail used", "seglog",
     "self.tail_is_ours = False\n        parts",
     "parts"),
    ("a boot appends to what it finds", "recovery",
     "        log.segments.append((segment, first, end))",
     "        log.segments.append((segment, first, end))\n        log.tail_is_ours = True"),
    ("an id is used twice", "recovery", "log.last_id = max(log.last_id, segment)", "pass"),
    ("numbers begin anew", "recovery", "journal.seq = max(journal.seq, seq)", "pass"),
    ("numbers forget what was acknowledged", "recovery",
     "    journal.seq = journal.acked\n",
     "    journal.seq = 0\n"),
    ("acknowledgements are forgotten", "recovery",
     "journal.acked, log.last_id = struct",
     "_, log.last_id = struct"),
    ("acknowledged messages come back", "recovery",
     "        if seq > journal.acked:\n",
     "        if True:\n"),
    ("an acknowledgement is never kept", "journal",
     'self.store.save("q", struct.pack("<II", self.acked, self.segments.last_id))', "pass"),
    ("a segment goes too early", "journal",
     "unneeded + 1 < len(segments) and segments[unneeded + 1][1] <= self.acked + 1",
     "unneeded + 1 < len(segments) and segments[unneeded + 1][1] <= self.acked + 4"),
    ("an image goes with its segment", "journal",
     'rare("thinning").carry_images(self, unneeded)',
     "pass"),
    ("a put that failed is promised", "journal", "return not self._waiting\n", "return True\n"),
    ("a failed write is forgotten", "journal",
     "            self.failing = True\n            return False",
     "            self.failing = True\n            return True"),
    ("the end of a transaction is not noted", "journal",
     'elif kind in b"ET":',
     'elif kind in b"T":'),
    ("the newest seqNo is not noted", "journal",
     "self.images[key] = self.images[key][:2] + (seq_no,)",
     "pass"),
    ("an acknowledged Ended is not kept", "journal", 'if one[5] or one[1] == b"E":', "if one[5]:"),
    ("thinning takes Ended", "thinning", "bytes(payload[:1]) == kind", "payload[0] in b'PE'"),
    ("thinning takes events", "thinning", "bytes(payload[:1]) == kind", "payload[0] in b'PA'"),
    ("thinning takes the newest of a transaction", "thinning",
     " and not _newest(journal, payload)",
     ""),
    ("thinning forgets that things move", "thinning",
     "        _move(journal, segment, moved)\n",
     ""),
    ("samples are left out while there is room", "journal",
     "seq_no & self.sparse", "seq_no & (self.sparse | 1)"),
    ("samples are left out for ever", "journal",
     "            self.sparse = 0\n", "            pass\n"),
    ("thinning miscounts", "thinning", "        journal.in_flash -= dropped\n", ""),
    ("the newer slot is overwritten", "store", "0xFFFFFFFF, other, target\n",
     "0xFFFFFFFF, target, other\n"),
    ("the older slot counts", "store",
     "if 0 < ahead & 0xFFFFFFFF < 0x80000000:",
     "if not 0 < ahead & 0xFFFFFFFF < 0x80000000:"),
    ("a file is not synced", "store", "                os.fsync(file.fileno())\n", ""),
    ("a new name is not synced", "store",
     "os.fsync(file.fileno())\n        _sync_names(self._path)",
     "os.fsync(file.fileno())"),
    ("a new name is not synced after renaming", "store",
     "+ name)\n        _sync_names(self._path)\n\n    def _fill",
     "+ name)\n\n    def _fill"),
    ("a removed name is not synced", "store",
     "        _sync_names(self._path)\n\n    def names",
     "\n    def names"),
    ("a file is written in its place", "store",
     'self._fill(name + _NEW, "wb", parts)\n        os.rename(',
     'self._fill(name, "wb", parts)\n        return\n        os.rename('),
    ("a slot has no crc", "store", "if crc == crc32(memoryview(data)[:-_CRC]):", "if True:"),
]  # fmt: skip


_STREET = """
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from host_tests.power.test_stateful import Street, TestStreet
once = settings(TestStreet.settings, phases=[Phase.generate])  # and no shrinking
run_state_machine_as_test(Street, settings=once)
"""

STREET_MUTANTS = [
    ("a seqNo is used twice", "blocks/power_loss",
     "    transaction.seq_no = max(seq_no, transaction.seq_no)\n", ""),
    ("the cable was never out", "blocks/power_loss", ' - {"connected", "energy"}', ""),
    ("an event that is refused is dropped", "outbox",
     "and self._attempts >= limit:", "and self._attempts:"),
    ("an event without an answer is done with", "outbox",
     "        if not message.durable:\n            return message\n        self._attempts",
     "        if not message.durable:\n            return message\n"
     "        return self._drop_head()\n        self._attempts"),
    ("a fault does no harm", "state", " or connector.faulted:", ":"),
]  # fmt: skip


def run(folder, script=_SHORT):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join((str(folder), str(ROOT))))
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_PWR1_the_short_runs_pass_as_they_are():
    for script in (_SHORT, _STREET):
        done = run(ROOT / "lib", script)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name, file, text, instead", MUTANTS, ids=[one[0] for one in MUTANTS])
def test_PWR1_mutant_is_caught(tmp_path, name, file, text, instead):
    mutate(tmp_path, file, text, instead)
    assert run(tmp_path).returncode, f"nobody has noticed: {name}"


@pytest.mark.parametrize(
    "name, file, text, instead", STREET_MUTANTS, ids=[one[0] for one in STREET_MUTANTS]
)
def test_E_mutant_is_caught_on_the_street(tmp_path, name, file, text, instead):
    mutate(tmp_path, file, text, instead)
    done = run(tmp_path, _STREET)
    assert done.returncode, f"nobody has noticed: {name}"
    assert "AssertionError" in done.stderr, done.stderr


def mutate(tmp_path, file, text, instead):
    shutil.copytree(ROOT / "lib" / "ocpp201", tmp_path / "ocpp201")
    source = tmp_path / "ocpp201" / f"{file}.py"
    code = source.read_text(encoding="utf-8")
    assert code.count(text) == 1, f"{text!r} stands {code.count(text)} times in {file}.py"
    source.write_text(code.replace(text, instead), encoding="utf-8")
