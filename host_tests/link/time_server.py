"""A time server on the loopback that does as the test says."""

import socket
import struct
import threading
from contextlib import contextmanager

UNIX_TO_2000 = 946684800
NTP_TO_UNIX = 2208988800
WALL = 848707200  # 2026-11-23T00:00:00Z


def packet(question, wall=WALL, first=0x24, stratum=2, name=b"LOCL", origin=None):
    """What a good server says to a question; each argument spoils it."""
    origin = question[40:48] if origin is None else origin
    time = bytes(8)
    if wall is not None:
        time = struct.pack(">II", (wall + UNIX_TO_2000 + NTP_TO_UNIX) % 2**32, 0x80000000)
    return bytes([first, stratum, 6, 0xE9]) + bytes(8) + name + time + origin + time + time


@contextmanager
def server(*answers):
    """ntp://host:port of a server that sends `answer(question)` for each answer to each question;
    and the list of the questions."""
    questions = []
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))

    def serve():
        while True:
            question, address = link.recvfrom(1024)
            if question == b"end":
                return
            questions.append(question)
            for answer in answers:
                link.sendto(answer(question), address)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield "ntp://127.0.0.1:%d" % link.getsockname()[1], questions
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", link.getsockname())
        thread.join()
        link.close()
