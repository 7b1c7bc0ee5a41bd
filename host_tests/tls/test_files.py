"""Files of certificates and keys that cannot be used are named at the start, on both runtimes."""

import json
import subprocess

import pytest

from host_tests import runtimes
from host_tests.station import MAIN, RUNTIMES, interpreter
from host_tests.tls.authority import (
    CLIENT,
    DER,
    PEM,
    PKCS8,
    SEC1,
    Certificate,
    authority,
    elliptic,
    rsa_2048,
)  # fmt: skip

SCRIPT = """
import json, sys
from evse.aio import tls
for line in sys.stdin:
    try:
        made = tls.context(json.loads(line), tls.Progress("localhost"))
        print("verify_mode", int(made.verify_mode))
    except ValueError as fault:
        print(fault)
"""
CHECKED = "verify_mode 2"  # CERT_REQUIRED on both


def certificates(folder):
    """(what, section of the config, what is said about it)"""
    names = iter(range(1000))

    def file(data):
        path = folder / f"file{next(names)}"
        path.write_bytes(data)
        return str(path)

    ca = authority("Root")
    root, der = ca.leaf.public_bytes(PEM), ca.leaf.public_bytes(DER)
    own = Certificate("CP", authority("Inner", ca), usage=CLIENT)
    other = Certificate("CP", ca, usage=CLIENT)
    with_rsa = Certificate("CP", ca, usage=CLIENT, key=rsa_2048)

    def profile_2(data):
        return {"security_profile": 2, "ca": file(data)}

    def profile_3(chain=None, key=None):
        chain, key = chain or own.chain(), key or own.private_key()
        return {**profile_2(root), "security_profile": 3, "certificate": file(chain),
                "key": file(key)}  # fmt: skip

    yield "PEM", profile_2(root), CHECKED
    yield "PEM with words around it and CR LF", profile_2(
        b"Subject: Root\n" + root.replace(b"\n", b"\r\n") + b"\nthe end"
    ), CHECKED
    yield "PEM, two", profile_2(root + authority("Other").leaf.public_bytes(PEM)), CHECKED
    yield "DER", profile_2(der), CHECKED
    yield "DER, two", profile_2(der + authority("Other").leaf.public_bytes(DER)), CHECKED
    yield "no file", {"security_profile": 2, "ca": str(folder / "none")}, "cannot be read"
    yield "no name", {"security_profile": 2, "ca": None}, "is required by security profile 2"
    yield "empty", profile_2(b""), "holds no certificate"
    yield "text", profile_2(b"certificate"), "is cut short"
    yield "a key", profile_2(own.private_key()), "holds no certificate"
    yield "a key in DER", profile_2(own.private_key(DER)), "is no certificate"
    yield "PEM, no end", profile_2(root[:-10]), "without an end"
    yield "PEM, not base64", profile_2(root.replace(b"M", b"%", 1)), "not base64"
    yield "PEM, a character lost", profile_2(root[:40] + root[41:]), "not base64"
    yield "DER, cut", profile_2(der[:-1]), "is cut short"
    yield "DER, more behind it", profile_2(der + b"\n"), "is cut short"
    yield "DER, damaged", profile_2(der[:30] + b"\xff" * 9 + der[39:]), "is not taken by TLS"
    for encoding, name in ((PEM, "PEM"), (DER, "DER")):
        for form, kind in ((PKCS8, "PKCS#8"), (SEC1, "SEC1")):
            key = own.private_key(encoding, form)
            yield f"key, {name}, {kind}", profile_3(own.chain(encoding), key), CHECKED
        key = with_rsa.private_key(encoding, SEC1)
        yield f"key, {name}, PKCS#1", profile_3(with_rsa.chain(encoding), key), CHECKED
    curve = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    yield "key behind its curve", profile_3(key=curve + own.private_key(form=SEC1)), CHECKED
    yield "key of another", profile_3(key=other.private_key()), "does not belong"
    yield "key of another kind", profile_3(key=with_rsa.private_key()), "does not belong"
    yield "root first", profile_3(root + own.chain()), "does not belong"
    for encoding in (PEM, DER):
        key = own.private_key(encoding, PKCS8, b"secret")
        yield f"encrypted key {encoding}", profile_3(key=key), "not supported"
    key = own.private_key(PEM, SEC1, b"secret")
    yield "encrypted key, old", profile_3(key=key), "encrypted key is not supported"
    yield "a certificate for a key", profile_3(key=root), "must hold one private key"
    yield "two keys", profile_3(key=own.private_key() * 2), "must hold one private key"
    yield "no key", {**profile_3(), "key": None}, "is required by security profile 3"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """runtime -> [(what, line, expected)]"""
    folder = tmp_path_factory.mktemp("files")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    rows = list(certificates(folder))
    answers = {}

    def ask(runtime):
        if runtime not in answers:
            lines = "".join(json.dumps(section) + "\n" for _, section, _ in rows)
            environment = dict(
                runtimes.micropython_environment(), PYTHONPATH=str(runtimes.ROOT / "lib")
            )
            done = subprocess.run(
                [*interpreter(runtime), str(script)], input=lines, env=environment, text=True,
                capture_output=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            answers[runtime] = list(zip(rows, done.stdout.splitlines(), strict=True))
        return answers[runtime]

    return ask


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    return request.param


def test_each_file_is_taken_or_named(said, runtime):
    for (what, section, expected), line in said(runtime):
        if expected == CHECKED:
            assert line == CHECKED, what
        else:
            key = line.split(":")[0]
            assert key in section and expected in line, (what, line)
            assert "\n" not in line


def test_both_runtimes_say_the_same_of_a_file(said):
    if runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    for ours, theirs in zip(said("cpython"), said("micropython"), strict=True):
        assert ours[1].split(", ")[0] == theirs[1].split(", ")[0], ours[0][0]


def test_a_station_that_could_never_connect_does_not_start(runtime, tmp_path):
    root = authority("Root")
    own, other = (Certificate("CP", root, usage=CLIENT, key=elliptic) for _ in range(2))
    (tmp_path / "ca.pem").write_bytes(root.leaf.public_bytes(PEM))
    (tmp_path / "own.pem").write_bytes(own.chain())
    (tmp_path / "key.pem").write_bytes(other.private_key())
    csms = {
        "url": "wss://localhost:1/", "ca": "ca.pem", "certificate": "own.pem", "key": "key.pem",
    }  # fmt: skip
    config = {"station": {"id": "CP001"}, "board": "simulated", "csms": csms}
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [*interpreter(runtime), str(MAIN), str(tmp_path / "config.json")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "csms.key: does not belong to the certificate\n"
    assert not (tmp_path / "data").exists()
