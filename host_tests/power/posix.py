"""A disk under POSIX's rules: what was synced is there after a cut, and of the rest what it likes.

It stands for `os` and `open` in store.py, so the station's own code runs on it, and records each
operation. `survivor(count, choose)` is the disk of a machine that lost its power after so many of
them. Until fsync() of the file, any of its writes may be there, in any order, whole or in half, a
hole before it read as zeros; until fsync() of the folder, any of its new, renamed and removed
names. A rename is there or not, with both names.
"""

import errno
import io
import os

import ocpp201.store

FOLDER = "data"
NOTHING, HALF, WHOLE = 0, 1, 2


class Inode:
    def __init__(self, data=b""):
        self.data = data  # as the programs see it


class File(io.BytesIO):
    """An open file: what is written waits in its buffer until it is flushed or closed."""

    def __init__(self, disk, inode, mode):
        super().__init__(inode.data if mode == "rb" else b"")
        self._disk, self.inode, self._mode = disk, inode, mode
        if mode == "wb" and inode.data:
            disk.do("truncate", inode)

    def flush(self):
        if self._mode != "rb" and self.getvalue():
            self._disk.do("write", self.inode, len(self.inode.data), self.getvalue())
            self.seek(0)
            self.truncate()

    def fileno(self):
        return self.inode

    def close(self):
        if not self.closed:
            self.flush()
        super().close()


class Disk:
    """One folder. operations: (what, arguments ...), in their order."""

    O_RDONLY = os.O_RDONLY

    def __init__(self, names=None):
        self.names = names or {}
        self.operations = []
        self._began_with = dict(self.names)
        self._contents = {inode: inode.data for inode in self.names.values()}

    def boot(self):
        """The port on it. Another disk's can't be used after this."""
        ocpp201.store.os = self
        ocpp201.store.open = self._open
        return ocpp201.store.Directory(FOLDER)

    def survivor(self, count, choose):
        """Its copy after a cut behind `count` operations. choose(): NOTHING, HALF or WHOLE, for
        each that was not synced."""
        names = dict(self._began_with)  # on the disk
        data = dict(self._contents)  # Inode -> what of it is on the disk
        unsynced = []  # of `operations`
        for operation in self.operations[:count]:
            if operation[0] == "sync":  # of a file, or without one of the folder
                unsynced = _arrive(unsynced, operation[1], names, data)
            else:
                unsynced.append(operation)
        for operation in unsynced:
            _apply(operation, choose(), names, data)
        return Disk({name: Inode(data.get(inode, b"")) for name, inode in names.items() if inode})

    def do(self, *operation):
        self.operations.append(operation)
        what, *arguments = operation
        if what == "truncate":
            arguments[0].data = b""
        elif what == "write":
            inode, offset, data = arguments
            inode.data = inode.data[:offset] + data
        elif what == "bind":
            for name, inode in arguments[0].items():
                self.names[name] = inode

    # As `os` and `open`.

    def _open(self, path, mode):
        name = path.rpartition("/")[2]
        inode = self.names.get(name)
        if inode is None:
            if mode == "rb":
                raise OSError(errno.ENOENT, path)
            inode = Inode()
            self.do("bind", {name: inode})
        return File(self, inode, mode)

    def open(self, path, _):
        return path  # of the folder, or of the one above

    def close(self, _):
        pass

    def fsync(self, what):
        if isinstance(what, Inode):
            self.do("sync", what)
        elif what == FOLDER:
            self.do("sync", None)

    def mkdir(self, _):
        raise OSError(errno.EEXIST, FOLDER)

    def listdir(self, _):
        return [name for name, inode in self.names.items() if inode]

    def remove(self, path):
        name = path.rpartition("/")[2]
        if self.names.get(name) is None:
            raise OSError(errno.ENOENT, path)
        self.do("bind", {name: None})

    def rename(self, old, new):
        old, new = old.rpartition("/")[2], new.rpartition("/")[2]
        self.do("bind", {new: self.names[old], old: None})


def _arrive(unsynced, inode, names, data):
    """What was synced of this file, or None for the names, is on the disk; returns the rest."""
    others = []
    for operation in unsynced:
        if (None if operation[0] == "bind" else operation[1]) is inode:
            _apply(operation, WHOLE, names, data)
        else:
            others.append(operation)
    return others


def _apply(operation, how, names, data):
    what, subject, *rest = operation
    if how == NOTHING:
        return
    if what == "bind":
        names.update(subject)
    elif what == "truncate":
        data[subject] = b""
    else:
        offset, piece = rest
        if how == HALF:
            piece = piece[: len(piece) // 2]
        there = data.get(subject, b"")
        there += bytes(max(0, offset - len(there)))
        data[subject] = there[:offset] + piece + there[offset + len(piece) :]
