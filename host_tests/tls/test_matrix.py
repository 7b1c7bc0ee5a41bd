"""What the station accepts and what it refuses, on both runtimes: the table is the test.

Each row is a server that really is there and the files that the station has. A cell says how the
attempt ends: "accepted", or the words of the log and the security event. Any cell that changes
fails, most of all one that turns from refused into accepted.
"""

import json
import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from host_tests import runtimes
from host_tests.station import RUNTIMES, interpreter
from host_tests.tls.authority import CLIENT, DER, PEM, SEC1, Certificate, authority, rsa_2048
from host_tests.tls.servers import Server, breaks_off, context, over_tls, plain_http

STATION = runtimes.ROOT / "host_tests" / "tls" / "station.py"
HOST, WILD = "localhost", "a.csms.example"

GOOD = "accepted"
NOT_OURS = ("not signed by a root in csms.ca", "InvalidCsmsCertificate")
ELSEWHERE = ("it is for another host", "InvalidCsmsCertificate")
EXPIRED = ("it has expired", "InvalidCsmsCertificate")
FUTURE = ("it is not valid yet, or our clock is wrong", "InvalidCsmsCertificate")
USAGE = ("it is not one for servers", "InvalidCsmsCertificate")
WILDCARD = ("it names the host by a wildcard", "InvalidCsmsCertificate")
UNCHECKED = ("it cannot be checked here, error -8960", "InvalidCsmsCertificate")
VERSION = ("no TLS version in common", "InvalidTLSVersion")
SUITE = ("no cipher suite in common", "InvalidTLSCipherSuite")
EITHER = ("no TLS version or cipher suite in common", "InvalidTLSVersion")
OURS = ("refused our certificate", "FailedToAuthenticateAtCsms")
WANTED = ("does it want a certificate of ours?", None)
NO_TLS = ("does not speak TLS", None)
BROKEN = ("broke the connection off", None)

TLS_1_2 = ("TLSv1_2", "TLSv1_2")

# name: MicroPython, CPython
TABLE = {
    # the certificate of the CSMS
    "good, DNS name": (GOOD, GOOD),
    "good, IP address": (GOOD, GOOD),
    "good, signed by an intermediate": (GOOD, GOOD),
    "good, an RSA key": (GOOD, GOOD),
    "good, signed with RSA": (GOOD, GOOD),
    "good, signed with RSA-PSS": (UNCHECKED, GOOD),
    "good, the second root of a PEM file": (GOOD, GOOD),
    "good, the second root of a DER file": (GOOD, GOOD),
    "good, common name only": (GOOD, GOOD),
    "wrong host": (ELSEWHERE, ELSEWHERE),
    "wrong address": (ELSEWHERE, ELSEWHERE),
    "common name of another host": (ELSEWHERE, ELSEWHERE),
    "wildcard": (WILDCARD, WILDCARD),
    "wildcard in the common name": (WILDCARD, WILDCARD),
    "wildcard, and the name itself": (GOOD, GOOD),
    "wildcard over two levels": (ELSEWHERE, ELSEWHERE),
    "expired": (EXPIRED, EXPIRED),
    "not yet valid": (FUTURE, FUTURE),
    "unknown root": (NOT_OURS, NOT_OURS),
    "unknown root of the same name": (NOT_OURS, NOT_OURS),
    "self-signed": (NOT_OURS, NOT_OURS),
    "intermediate not sent": (NOT_OURS, NOT_OURS),
    "intermediate is no authority": (NOT_OURS, ("invalid CA certificate", NOT_OURS[1])),
    "wrong usage: for clients": (USAGE, USAGE),
    # the certificate of the station
    "good client, PEM": (GOOD, GOOD),
    "good client, DER and SEC1": (GOOD, GOOD),
    "good client, an RSA key": (GOOD, GOOD),
    "good client with its intermediate, PEM": (GOOD, GOOD),
    "good client with its intermediate, DER": (GOOD, GOOD),
    "good client, nobody asks": (GOOD, GOOD),
    "no client certificate, TLS 1.2": (WANTED, WANTED),
    "no client certificate": (WANTED, WANTED),
    "wrong client certificate, TLS 1.2": (OURS, OURS),
    "wrong client certificate": (OURS, OURS),
    "expired client certificate": (OURS, OURS),
    # versions and suites
    "TLS 1.1 only": (EITHER, VERSION),
    "TLS 1.2 only": (GOOD, GOOD),
    "TLS 1.3 only": (EITHER, GOOD),
    "suite of OCPP: ECDSA 128": (GOOD, GOOD),
    "suite of OCPP: ECDSA 256": (GOOD, GOOD),
    "suite of OCPP: RSA 128": (GOOD, SUITE),
    "CBC suites only": (EITHER, SUITE),
    # no TLS
    "plain HTTP": (NO_TLS, NO_TLS),
    "hangs up": (BROKEN, BROKEN),
}  # fmt: skip


@pytest.fixture(scope="module")
def attempts(tmp_path_factory):
    """name -> (server, the settings of a station that goes there)"""
    return dict(_rows(tmp_path_factory.mktemp("files")))


def _rows(folder):
    root, other, clients = authority("Root"), authority("Other"), authority("Clients")
    hosts = [HOST, "127.0.0.1"]
    numbers = iter(range(1000))

    def file(data):
        path = folder / str(next(numbers))
        path.write_bytes(data)
        return str(path)

    def encoded(encoding, *roots):
        return file(b"".join(one.leaf.public_bytes(encoding) for one in roots))

    ours = encoded(PEM, root)

    def station(server, host=HOST, ca=ours, own=None, encoding=PEM, form=SEC1):
        settings = {
            "url": f"wss://{host}:{server.port}/ocpp", "identity": "CP", "password": "x" * 16,
            "ca": ca, "security_profile": 3 if own else 2,
        }  # fmt: skip
        if own:
            settings["certificate"] = file(own.chain(encoding))
            settings["key"] = file(own.private_key(encoding, form))
        return server, settings

    def shown(certificate, host=HOST, **options):
        return station(Server(over_tls, context(certificate)), host, **options)

    good = Certificate("csms", root, hosts=hosts)
    inner = authority("Inner", root)
    rsa = authority("RSA", key=rsa_2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    yield "good, DNS name", shown(good)
    yield "good, IP address", shown(good, "127.0.0.1")
    yield "good, signed by an intermediate", shown(Certificate("csms", inner, hosts=hosts))
    yield "good, an RSA key", shown(Certificate("csms", root, hosts=hosts, key=rsa_2048))
    by_rsa = Certificate("csms", rsa, hosts=hosts)
    yield "good, signed with RSA", shown(by_rsa, ca=encoded(PEM, rsa))
    by_pss = Certificate("csms", rsa, hosts=hosts, padding=pss)
    yield "good, signed with RSA-PSS", shown(by_pss, ca=encoded(PEM, rsa))
    for encoding, name in ((PEM, "PEM"), (DER, "DER")):
        two = encoded(encoding, other, root)
        yield f"good, the second root of a {name} file", shown(good, ca=two)
    yield "good, common name only", shown(Certificate(HOST, root))
    yield "wrong host", shown(Certificate(HOST, root, hosts=["other.example"]))
    yield "wrong address", shown(Certificate("csms", root, hosts=[HOST]), "127.0.0.1")
    yield "common name of another host", shown(Certificate("other.example", root))
    yield "wildcard", shown(Certificate("csms", root, hosts=["*.csms.example"]), WILD)
    yield "wildcard in the common name", shown(Certificate("*.csms.example", root), WILD)
    both = Certificate("csms", root, hosts=["*.csms.example", WILD])
    yield "wildcard, and the name itself", shown(both, WILD)
    yield "wildcard over two levels", shown(Certificate("x", root, hosts=["*.example"]), WILD)
    yield "expired", shown(Certificate("csms", root, hosts=hosts, valid=(-30, -1)))
    yield "not yet valid", shown(Certificate("csms", root, hosts=hosts, valid=(1, 30)))
    yield "unknown root", shown(Certificate("csms", other, hosts=hosts))
    yield "unknown root of the same name", shown(
        Certificate("csms", authority("Root"), hosts=hosts)
    )
    yield "self-signed", shown(Certificate("csms", hosts=hosts))
    alone = Certificate("csms", inner, hosts=hosts)
    alone.above = []
    yield "intermediate not sent", shown(alone)
    impostor = Certificate("impostor", root, hosts=["other.example"])
    yield "intermediate is no authority", shown(Certificate("csms", impostor, hosts=hosts))
    yield "wrong usage: for clients", shown(Certificate("csms", root, hosts=hosts, usage=CLIENT))

    def asked(own, versions=("TLSv1_2", "TLSv1_3"), **options):
        return station(Server(over_tls, context(good, clients, versions)), own=own, **options)

    client = Certificate("CP", clients, usage=CLIENT)
    deep = Certificate("CP", authority("Clients, inner", clients), usage=CLIENT)
    stranger = Certificate("CP", other, usage=CLIENT)
    yield "good client, PEM", asked(client)
    yield "good client, DER and SEC1", asked(client, encoding=DER)
    with_rsa = Certificate("CP", clients, usage=CLIENT, key=rsa_2048)
    yield "good client, an RSA key", asked(with_rsa)
    yield "good client with its intermediate, PEM", asked(deep)
    yield "good client with its intermediate, DER", asked(deep, encoding=DER)
    yield "good client, nobody asks", shown(good, own=client)
    yield "no client certificate, TLS 1.2", asked(None, TLS_1_2)
    yield "no client certificate", asked(None)
    yield "wrong client certificate, TLS 1.2", asked(stranger, TLS_1_2)
    yield "wrong client certificate", asked(stranger)
    yield "expired client certificate", asked(
        Certificate("CP", clients, usage=CLIENT, valid=(-30, -1))
    )

    def speaking(versions=TLS_1_2, ciphers=None, certificate=good):
        made = context(certificate, versions=versions, ciphers=ciphers)
        return station(Server(over_tls, made))

    with_rsa = Certificate("csms", root, hosts=hosts, key=rsa_2048)
    yield "TLS 1.1 only", speaking(("TLSv1_1", "TLSv1_1"))
    yield "TLS 1.2 only", speaking()
    yield "TLS 1.3 only", speaking(("TLSv1_3", "TLSv1_3"))
    yield "suite of OCPP: ECDSA 128", speaking(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
    yield "suite of OCPP: ECDSA 256", speaking(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")
    yield "suite of OCPP: RSA 128", speaking(ciphers="AES128-GCM-SHA256", certificate=with_rsa)
    yield "CBC suites only", speaking(ciphers="ECDHE-ECDSA-AES128-SHA")
    yield "plain HTTP", station(Server(plain_http))
    yield "hangs up", station(Server(breaks_off))


@pytest.fixture(scope="module")
def told(attempts):
    """runtime -> name -> what the station told; each runtime when it is asked for first."""
    answers = {}

    def ask(runtime):
        if runtime not in answers:
            answers[runtime] = _ask(runtime, attempts)
        return answers[runtime]

    return ask


def _ask(runtime, attempts):
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    environment = dict(
        runtimes.micropython_environment(), PYTHONPATH=os.pathsep.join(map(str, sys.path))
    )
    servers = [server for server, _ in attempts.values()]
    before = [server.requests for server in servers]
    done = subprocess.run(
        [*interpreter(runtime), str(STATION)], env=environment, text=True, timeout=300,
        input="".join(json.dumps(settings) + "\n" for _, settings in attempts.values()),
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer, server, count in zip(answers, servers, before, strict=True):
        answer["requests"] = server.requests - count
    return dict(zip(attempts, answers, strict=True))


def test_every_row_has_its_server(attempts):
    assert sorted(attempts) == sorted(TABLE)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", TABLE)
def test_A00_the_station_accepts_or_refuses(name, runtime, told):
    expected = TABLE[name][runtime == "cpython"]
    answer = told(runtime)[name]
    if expected == GOOD:
        assert [line.split()[0] for line in answer["log"]] == ["connected", "link"], answer
        assert answer["states"] == [True, False]
        assert answer["events"] == []
        return
    words, event = expected
    (line,) = answer["log"]
    assert line.startswith("no link: ") and words in line
    assert answer["states"] == []
    events = [(kind, critical) for kind, _, critical in answer["events"]]
    assert events == ([(event, True)] if event else [])
    assert answer["requests"] == 0  # nobody else has seen the password


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_attempt_leaves_a_socket_behind(runtime, told):
    files = {answer["files"] for answer in told(runtime).values()}
    assert len(files) == 1
