"""A link and a core that only listens, on either runtime: one attempt for each line of stdin.

A line is the link's settings as JSON; the answer is a line, too: what the log said, the security
events, whether the core was told that it is online, and the verify_mode of a context.
"""

import asyncio
import json
import os
import sys

from evse.aio.clock import Clock
from evse.aio.link import Link
from evse.aio.wake import Wake


class Core:
    wants_reconnect = False
    status = ""

    def __init__(self, done):
        self.done = done
        self.variables = self.registration = self
        self.states, self.events = [], []

    def number(self, key):
        return 60  # of the back-off, too: there is one attempt

    def connected(self, up, now):
        self.states.append(up)

    def on_security_event(self, kind, text, critical):
        self.events.append([kind, text, critical])
        self.done()

    def receive_text(self, buf, now, n):
        pass

    def wakeup(self, now):
        return now + 60

    def next_text(self, now):
        return None


async def open_connection(host, port, ssl, server_hostname):
    if ssl is None:
        return await asyncio.open_connection(host, port)
    return await asyncio.open_connection(host, port, ssl=ssl, server_hostname=server_hostname)


async def attempt(settings):
    clock, log, done = Clock(), [], asyncio.Event()
    core = Core(done.set)

    def write(level, text):
        log.append(text)
        if "next attempt in 0 s" not in text:
            done.set()

    link = Link(core, clock, settings, open_connection, os.urandom, write)
    host = settings["url"].split("/")[2].split(":")[0]  # no DNS knows the names of these tests
    link._addresses.update(host=host, found=["127.0.0.1"], ask=9999, until=9999)
    tasks = [asyncio.create_task(Wake(core, clock, link).run()), asyncio.create_task(link.run())]
    await done.wait()
    await link.close()
    for task in tasks:
        task.cancel()
    try:
        files = len(os.listdir("/proc/self/fd"))
    except OSError:
        files = 0  # this system does not tell
    return {"log": log, "events": core.events, "states": core.states, "files": files}


for line in sys.stdin:
    print(json.dumps(asyncio.run(attempt(json.loads(line)))))
