"""Short private names for what goes onto a device.

MicroPython keeps every name of a program in RAM once, about 18 bytes each. A private name is for
the reader of the source; nobody says it from outside. So the build gives private functions,
attributes and globals, and the parameters of private functions, names of two characters, and as
many of them the same one as can be: two names need different ones only where somebody might meet
both. Lines stay where they are, so a traceback from a board still says file and line; the function
in it has its short name.

A name stays as it is if it could be meant by its text: it is said in a string or as a keyword
argument. `const` stays too, the compiler puts its value in its place.
"""

import ast
import builtins
import re
import string
import tokenize
from collections import defaultdict

_WORD = re.compile(r"\b[A-Za-z_]\w*")
_PRIVATE = re.compile(r"_[A-Za-z]\w*\Z")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def shorten(sources) -> dict:
    """The same program with short names. `sources`: {place: text}, all of it."""
    files = {place: _File(text) for place, text in sources.items()}
    names = short_names(files.values())
    return {place: file.renamed(names) for place, file in files.items()}


def short_names(files) -> dict:
    """{name: short name}: a graph is coloured, the names with most neighbours first."""
    neighbours = _neighbours(files)
    chosen = {}
    for name in sorted(neighbours, key=lambda name: (-len(neighbours[name]), name)):
        taken = {chosen.get(other, other) for other in neighbours[name]}
        chosen[name] = next(short for short in _shorts() if short not in taken)
    return chosen


def _neighbours(files):
    """{a name that may be another: all the names it must be told from}"""
    wanted = set().union(*(file.private for file in files))
    parameters = set().union(*(file.parameters for file in files))
    known = set().union(*(file.known for file in files))
    kept = set(dir(builtins)).union(*(file.kept for file in files))
    wanted = (wanted | parameters - known) - kept
    neighbours = defaultdict(set)
    for words in _worlds(files):
        for name in words & wanted:
            neighbours[name] |= words
    return neighbours


def _worlds(files):
    """The names of a file. Files whose classes inherit from one another are one world: their
    attributes live in the same object."""
    worlds = []
    for file in files:
        words, classes = set(file.words), set(file.classes)
        for world in [world for world in worlds if world[1] & classes]:
            words |= world[0]
            classes |= world[1]
            worlds.remove(world)
        worlds.append((words, classes))
    return [words for words, _ in worlds]


def _shorts():
    """_a, _b ... _Z, _aa ..."""
    for first in ("", *string.ascii_letters):
        for last in string.ascii_letters:
            yield "_" + first + last


class _File:
    """A source, and the names in it.

    words       all of them
    private     those that begin with one underscore
    parameters  of private functions
    known       all others that are more than a plain variable
    kept        those that may be meant by their text
    classes     what it defines, and what that inherits from
    """

    def __init__(self, text):
        self._text = text
        self.words = set(_WORD.findall(text))
        self.private = {word for word in self.words if _PRIVATE.match(word)}
        self.parameters, self.known, self.kept, self.classes = set(), set(), set(), set()
        nodes = list(ast.walk(ast.parse(text)))
        docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
        for node in nodes:
            if node not in docstrings:
                self._note(node)

    def _note(self, node):
        if isinstance(node, ast.ClassDef):
            self.known.add(node.name)
            self.classes |= {node.name, *map(_last_word, node.bases)} - set(dir(builtins))
        elif isinstance(node, _FUNCTIONS):
            self.known.add(node.name)
            private = _PRIVATE.match(node.name)
            (self.parameters if private else self.known).update(_parameters(node))
        elif isinstance(node, ast.Lambda):
            self.known |= _parameters(node)
        elif isinstance(node, ast.Attribute):
            self.known.add(node.attr)
        elif isinstance(node, ast.alias):
            self.known |= {*node.name.split("."), node.asname}
        elif isinstance(node, ast.keyword):
            self.kept.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.kept.update(_WORD.findall(node.value))
        elif isinstance(node, ast.JoinedStr):  # the tokens of an f-string don't tell its names
            self.kept |= {_last_word(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.Assign) and _last_word(node.value) == "const":
            self.kept |= {_last_word(target) for target in node.targets}

    def renamed(self, names):
        lines = self._text.splitlines(keepends=True)
        tokens = list(tokenize.generate_tokens(iter(lines).__next__))
        for token in reversed(tokens):
            if token.type == tokenize.NAME and token.string in names:
                (row, start), (_, end) = token.start, token.end
                line = lines[row - 1]
                lines[row - 1] = line[:start] + names[token.string] + line[end:]
        return "".join(lines)


def _parameters(function):
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}


def _last_word(node):
    """Of x, y.x and x(): x. None of anything else."""
    if isinstance(node, ast.Call):
        return _last_word(node.func)
    return getattr(node, "attr", None) or getattr(node, "id", None)
