"""An asyncio loop in a thread, for tests that have none of their own."""

import asyncio
import threading


class Background:
    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine):
        """Runs it there and returns its result."""
        return self.start(coroutine).result()

    def start(self, coroutine):
        """Runs it there; returns a concurrent.futures.Future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call(self, function):
        self._loop.call_soon_threadsafe(function)

    def stop(self):
        self.call(self._loop.stop)
        self._thread.join()
        self._loop.close()
