"""How deep the calls and awaits of the station nest: its own frames, from the first one of a task
(link, core, hardware or console) down to the deepest line. Those of asyncio are not ours.

    with Depth() as depth:
        ...
    depth.deepest       # names, the first frame first

A resumed coroutine hangs below those that await it, so one look at the chain of frames at each
call sees calls and awaits alike.
"""

import asyncio
import os
import sys

from host_tests.runtimes import ROOT

_TURN = asyncio.Handle._run.__code__  # the loop gives a task its turn
_OURS = tuple(str(ROOT / folder) + "/" for folder in ("lib", "boards", "firmware"))


class Depth:
    def __init__(self):
        self.deepest = []
        self._ours = {}

    def __enter__(self):
        sys.setprofile(self._look)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _look(self, frame, event, _):
        if event != "call" or not self._is_ours(frame):
            return
        chain = []
        while frame is not None and frame.f_code is not _TURN:
            if self._is_ours(frame):
                chain.append(frame.f_code)
            frame = frame.f_back
        if len(chain) > len(self.deepest):
            self.deepest = [_name(code) for code in reversed(chain)]

    def _is_ours(self, frame):
        path = frame.f_code.co_filename
        if path not in self._ours:
            self._ours[path] = path.startswith(_OURS)
        return self._ours[path]


def _name(code):
    path = os.path.relpath(code.co_filename, ROOT)
    return "%s:%d %s" % (path, code.co_firstlineno, code.co_qualname)
