"""Stands for asyncio, which is frozen into a board and which the 32-bit build lacks. Enough to
import and compose the station, nothing runs."""


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


class StreamReader:
    def readinto(self, buffer):
        raise NotImplementedError


class Event:
    def set(self):
        pass

    def clear(self):
        pass


class Lock(Event):
    pass


def sleep(seconds):
    raise NotImplementedError


def create_task(coroutine):
    raise NotImplementedError
