"""The link with a CSMS, or a network, that does what it likes: rows NET-1 and WS on the wire."""

import asyncio
import socket

import pytest

from host_tests.link.bench import Bench, Core, for_ever, raw_server, run, until

TEXT, CLOSE, PING = 1, 8, 9


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


# Refusals. Each is one line in the log, however often it happens, and the back-off.


LOGIN = ["FailedToAuthenticateAtCsms"]


@pytest.mark.parametrize(
    "status, meaning, events",
    [
        (301, "no websocket", []),
        (401, "wrong identity or password", LOGIN),
        (403, "this station may not connect", LOGIN),
        (404, "the CSMS does not know this station", []),
        (426, "no websocket", []),
        (429, "too many attempts", []),
        (503, "the CSMS is overloaded or down", []),
    ],
)
def test_http_refusal_is_logged_once_and_tried_again(status, meaning, events):
    async def behave(peer):
        await peer.read_request()
        peer.writer.write(b"HTTP/1.1 %d No\r\nLocation: ws://127.0.0.1:1/\r\n\r\n" % status)
        await peer.writer.drain()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.log)
            await bench.go_on(100)
            await bench.stop()
            assert bench.attempts == [0, 10, 30, 70]
            assert bench.log == [
                f"warning: no link: HTTP status {status}, {meaning}; next attempt in 10 s"
            ]
            assert bench.core.states == []
            assert [kind for kind, _, critical in bench.core.events if critical] == events

    run(scenario())


@pytest.mark.parametrize("asked, waited", [(5, 10), (600, 600), (999999, 3600)])
def test_retry_after_raises_the_next_wait_up_to_an_hour(asked, waited):
    async def behave(peer):
        await peer.read_request()
        peer.writer.write(b"HTTP/1.1 503 No\r\nRetry-After: %d\r\n\r\n" % asked)
        await peer.writer.drain()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.log)
            await bench.go_on(waited - 1)
            assert len(bench.attempts) == 1
            await bench.go_on(1)
            assert len(bench.attempts) == 2
            await bench.stop()

    run(scenario())


@pytest.mark.parametrize(
    "answer, why",
    [
        (lambda good: b"SSH-2.0-OpenSSH_9.6\r\n", "answer is not HTTP/1.1"),
        (lambda good: good.replace(b"Accept: ", b"Accept: A"), "wrong Sec-WebSocket-Accept"),
        (lambda good: good.replace(b"ocpp2.0.1", b"ocpp1.6"), "wrong Sec-WebSocket-Protocol"),
        (lambda good: good.replace(b"\r\n", b"\n"), "answer line without CR"),
        (lambda good: b"HTTP/1.1 101 x\r\n" + b"X: y\r\n" * 1000, "answer header too long"),
        (lambda good: good[:50], "the CSMS ended the connection"),
    ],
    ids=["garbage", "wrong accept", "wrong subprotocol", "LF only", "endless header", "cut"],
)
def test_wrong_answer_is_refused(answer, why):
    async def behave(peer):
        await peer.read_request()
        peer.writer.write(answer(peer.answer()))
        await peer.writer.drain()
        peer.writer.write_eof()
        await peer.reader.read()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.log)
            assert len(bench.log) == 1
            assert bench.log[0].startswith(f"warning: no link: {why}")
            assert bench.core.states == []
            await bench.stop()

    run(scenario())


def test_nobody_listens():
    async def scenario():
        port = closed_port()
        bench = Bench(port)
        await until(lambda: bench.log)
        await bench.go_on(100)
        assert len(bench.attempts) == 4
        assert bench.log == [
            f"warning: no link: refused, nobody listens at 127.0.0.1:{port}; next attempt in 10 s"
        ]
        await bench.stop()

    run(scenario())


def test_url_that_cannot_be_used_is_a_failed_attempt_like_any_other():
    async def scenario():
        bench = Bench("x")
        await bench.go_on(40)
        assert bench.log == [
            "warning: no link: URL without a valid host and port; next attempt in 10 s"
        ]
        await bench.stop()

    run(scenario())


# Deadlines.


def test_connection_that_is_never_made_is_given_up_after_20_s():
    async def scenario():
        async def dial(host, port, ssl):
            await for_ever()

        bench = Bench(1, dial=dial)
        await until(lambda: bench.link.state == "connecting")
        await bench.time.go_on(19)
        assert bench.link.state == "connecting"
        await bench.time.go_on(1)
        await bench.is_offline()
        assert bench.log == ["warning: no link: no connection in time; next attempt in 10 s"]
        await bench.stop()

    run(scenario())


def test_accept_then_silence_is_given_up_after_20_s():
    async def behave(peer):
        await for_ever()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.link.state == "upgrading")
            await bench.time.go_on(19)
            assert bench.link.state == "upgrading"
            await bench.time.go_on(1)
            await bench.is_offline()
            assert bench.log[0].startswith("warning: no link: no answer to the upgrade in time")
            await bench.stop()

    run(scenario())


def test_header_of_one_byte_a_second_is_given_up_after_20_s_in_all():
    async def scenario():
        peers = []

        async def behave(peer):
            await peer.read_request()
            peers.append(peer)
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: peers)
            for second in range(20):
                assert bench.link.state == "upgrading"
                peers[0].writer.write(peers[0].answer()[second : second + 1])
                await bench.time.go_on()
            await bench.is_offline()
            await bench.stop()

    run(scenario())


def test_header_in_single_bytes_and_a_frame_glued_to_it_are_fine_in_time():
    async def scenario():
        async def behave(peer):
            await peer.read_request()
            for byte in peer.answer() + b"\x81\x02{}":
                peer.writer.write(bytes((byte,)))
                await peer.writer.drain()
                await asyncio.sleep(0)
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.core.heard)
            assert bench.core.heard == ["{}"]
            await bench.stop()

    run(scenario())


def test_message_glued_to_the_header_is_not_lost():
    async def scenario():
        async def behave(peer):
            await peer.read_request()
            peer.writer.write(peer.answer() + b"\x81\x02{}\x81\x02[]")
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: len(bench.core.heard) == 2)
            assert bench.core.heard == ["{}", "[]"]
            await bench.stop()

    run(scenario())


async def silent_after_upgrade(peer):
    await peer.upgrade()
    await for_ever()


@pytest.mark.parametrize("interval, patience", [(10, 10), (60, 30)])
def test_half_open_link_is_dropped_when_a_ping_has_no_answer(interval, patience):
    async def scenario():
        async with raw_server(silent_after_upgrade) as port:
            bench = Bench(port)
            bench.core.set("WebSocketPingInterval", interval)
            await bench.is_open()
            await bench.time.go_on(interval + patience)
            assert bench.link.state == "open"
            await bench.time.go_on(1)
            await bench.is_offline()
            assert bench.log[-1].startswith("warning: link lost: the CSMS did not answer a ping;")
            assert bench.core.states == [True, False]
            await bench.stop()

    run(scenario())


@pytest.mark.parametrize(
    "reply", [b"\x8a\x00", b"\x89\x00", b"\x81\x7e\x20"], ids=["pong", "ping", "half a frame"]
)
def test_any_byte_answers_a_ping(reply):
    async def scenario():
        pings = []

        async def behave(peer):
            await peer.upgrade()
            while True:
                if (await peer.read_frame())[0] == PING:
                    pings.append(b"")
                    peer.writer.write(reply if len(pings) < 2 else b"\x8a\x00")

        async with raw_server(behave) as port:
            bench = Bench(port)
            bench.core.set("WebSocketPingInterval", 20)
            await bench.is_open()
            await bench.time.go_on(21)
            await until(lambda: pings)
            await bench.time.go_on(18)
            assert (len(pings), bench.link.state) == (1, "open")
            await bench.stop()

    run(scenario())


def test_quiet_link_is_pinged_and_lives():
    async def scenario():
        pings = []

        async def behave(peer):
            await peer.upgrade()
            while (await peer.read_frame()) == (PING, b""):
                pings.append(b"")
                peer.writer.write(b"\x8a\x00")

        async with raw_server(behave) as port:
            bench = Bench(port)
            bench.core.set("WebSocketPingInterval", 3600)
            await bench.is_open()
            await bench.go_on(5 * 3600 + 1800)
            assert len(pings) == 5
            assert bench.attempts == [0]
            await bench.stop()

    run(scenario())


def test_ping_interval_0_means_no_pings_but_half_a_message_is_not_waited_for():
    async def scenario():
        peers = []

        async def behave(peer):
            await peer.upgrade()
            peers.append(peer)
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            bench.core.set("WebSocketPingInterval", 0)
            await bench.is_open()
            await bench.time.go_on(1000)
            assert bench.link.state == "open"
            peers[0].writer.write(b"\x81\x7e\x20\x00some")
            await bench.time.go_on(29)
            assert bench.link.state == "open"
            await bench.time.go_on(2)
            await bench.is_offline()
            assert "stopped halfway" in bench.log[-1]
            await bench.stop()

    run(scenario())


def test_csms_that_takes_no_data_is_dropped_after_30_s():
    async def scenario():
        async def behave(peer):
            await peer.upgrade()
            peer.writer.transport.pause_reading()
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            await bench.is_open()
            bench.core.to_say += ["x" * 1000000] * 100
            bench.link.wake()
            before = -1
            while before != len(bench.core.to_say):
                before = len(bench.core.to_say)
                for _ in range(200):
                    await asyncio.sleep(0)
            await bench.time.go_on(29)
            assert bench.link.state == "open"
            await bench.time.go_on(2)
            await bench.is_offline()
            assert bench.log[-1].startswith("warning: link lost: the CSMS took no data for 30 s;")
            assert len(bench.core.to_say) > 50
            await bench.stop()

    run(scenario())


def test_RPC_8_csms_that_asks_but_takes_no_answers_is_read_no_further():
    class Answering(Core):
        def receive_text(self, buf, now, n):
            super().receive_text(buf, now, n)
            self.to_say.append("x" * 1000000)

    async def scenario():
        async def behave(peer):
            await peer.upgrade()
            peer.writer.transport.pause_reading()
            peer.writer.write(b"\x81\x02{}" * 100)
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port, core=Answering())
            await until(lambda: bench.core.heard)
            for _ in range(1000):
                await asyncio.sleep(0)
            assert len(bench.core.heard) < 50
            assert bench.core.to_say == []
            await bench.stop()

    run(scenario())


# Protocol errors, and closing.


@pytest.mark.parametrize(
    "data, code",
    [
        (b"\x81\x81\x00\x00\x00\x00a", 1002),
        (b"\x82\x01a", 1003),
        (b"\x81\x01\xff", 1007),
        (b"\x81\x7f\x00\x00\x00\x00\x00\x98\x96\x80", 1009),
        (b"\x82\x01a" + b"\x81\x02{}" * 10000, 1003),
        (b"\x89\x01p\x82\x01a", 1003),
    ],
    ids=["masked", "binary", "not UTF-8", "10 MB", "binary, and more", "binary behind a ping"],
)
def test_protocol_error_is_answered_with_its_code_and_the_link_comes_back(data, code):
    async def scenario():
        frames = []

        async def behave(peer):
            await peer.upgrade()
            peer.writer.write(data)
            frames.append(await peer.read_frame())

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: frames)
            await bench.is_offline()
            assert frames == [(CLOSE, code.to_bytes(2, "big"))]
            assert bench.log[-1].startswith("warning: link lost: protocol error of the CSMS: ")
            assert bench.core.heard == []
            assert bench.core.states == [True, False]
            await bench.time.go_on(10)
            await until(lambda: len(frames) == 2)
            await bench.stop()

    run(scenario())


@pytest.mark.parametrize(
    "close, echo",
    [(b"\x88\x02\x03\xe9", b"\x03\xe9"), (b"\x88\x00", b""), (b"\x88\x02\x0f\xa0", b"\x0f\xa0")],
    ids=["1001", "empty", "4000"],
)
def test_close_of_the_csms_is_answered_alike_and_what_follows_is_ignored(close, echo):
    async def scenario():
        frames = []

        async def behave(peer):
            await peer.upgrade()
            peer.writer.write(close + b"\x81\x02{}\xff\xff")
            frames.append(await peer.read_frame())

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: frames)
            await bench.is_offline()
            assert frames == [(CLOSE, echo)]
            assert bench.core.heard == []
            await bench.stop()

    run(scenario())


def test_csms_that_does_not_end_the_connection_is_left_after_5_s():
    async def scenario():
        async with raw_server(silent_after_upgrade) as port:
            bench = Bench(port)
            await bench.is_open()
            bench.link.drop()
            await bench.time.go_on(4)
            assert bench.link.state == "closing"
            await bench.time.go_on(1)
            await bench.is_offline()
            await bench.stop()

    run(scenario())


@pytest.mark.parametrize("state", ["connecting", "upgrading"])
def test_drop_during_an_attempt_ends_it(state):
    async def scenario():
        async with raw_server(lambda peer: for_ever()) as port:
            bench = Bench(port)
            await until(lambda: bench.link.state == state)
            bench.link.drop()
            await bench.is_offline()
            await bench.time.go_on(100)
            assert (len(bench.attempts), bench.core.states) == (1, [])
            await bench.stop()

    run(scenario())


def test_ping_flood_while_we_cannot_write_costs_one_pong():
    async def scenario():
        frames = []

        async def behave(peer):
            await peer.upgrade()
            peer.writer.write(b"\x89\x7d" + b"p" * 125 + b"\x89\x01q" * 100 + b"\x89\x04last")
            while True:
                frames.append(await peer.read_frame())

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: (10, b"last") in frames)
            assert len(frames) <= 3
            await bench.stop()

    run(scenario())


def test_ping_glued_to_a_message_is_answered_at_once():
    async def scenario():
        frames = []

        async def behave(peer):
            await peer.upgrade()
            peer.writer.write(b"\x89\x01p\x81\x02{}")
            frames.append(await peer.read_frame())

        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: frames)
            assert (frames, bench.core.heard) == ([(10, b"p")], ["{}"])
            await bench.stop()

    run(scenario())


# The network.


def test_NET_1_reset_at_every_byte_of_the_upgrade_and_of_a_message():
    async def scenario():
        cut = [0]

        async def behave(peer):
            await peer.read_request()
            data = peer.answer() + b"\x89\x01p\x81\x02{}"
            peer.writer.write(data[: cut[0]])
            await peer.writer.drain()
            if cut[0] < len(data):
                cut[0] += 1
                return  # resets
            await for_ever()

        async with raw_server(behave) as port:
            bench = Bench(port)
            for number in range(1000):
                bench.link.connect()
                await bench.time.go_on()
                await until(lambda n=number: len(bench.attempts) > n)
                await until(lambda: bench.link.state == "offline" or bench.core.heard)
                if bench.core.heard:
                    break
            assert len(bench.attempts) > 100
            assert bench.core.heard == ["{}"]
            # Every state that the core was told is followed by the other one.
            assert bench.core.states == [True, False] * (len(bench.core.states) // 2) + [True]
            await bench.stop()

    run(scenario())


@pytest.mark.parametrize("random", [b"\x00\x00\x00", b"\xff\xff\xff"], ids=["least", "jitter"])
def test_NET_1_flapping_for_hours_follows_the_back_off(random):
    async def behave(peer):
        await peer.upgrade()
        await peer.writer.drain()
        peer.writer.write_eof()
        await peer.reader.read()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port, random)
            bench.core.status = "Accepted"  # no boot is due
            for _ in range(1000):
                await bench.time.go_on()
                await bench.is_offline()
            waits = [b - a for a, b in zip(bench.attempts, bench.attempts[1:], strict=False)]
            jitter = int.from_bytes(random, "big") % 11
            assert waits[:6] == [10 + jitter, 20 + jitter, 40 + jitter] + [80 + jitter] * 3
            assert bench.core.states == [True, False] * len(bench.attempts)
            assert len(bench.log) == 2 * len(bench.attempts)  # connected, lost: the state changes
            await bench.stop()

    run(scenario())


def test_half_a_frame_is_no_message_when_the_link_goes():
    async def scenario():
        async def behave(peer):
            await peer.upgrade()
            peer.writer.write(b"\x01\x05hello")
            await peer.writer.drain()

        async with raw_server(behave) as port:
            bench = Bench(port)
            await bench.is_open()
            await bench.is_offline()
            assert bench.core.heard == []
            await bench.stop()

    run(scenario())
