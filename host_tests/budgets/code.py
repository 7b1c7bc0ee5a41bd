"""The code that goes onto a device: its modules in the order in which they need one another, and
its size in code lines.

A code line is a statement, however it is wrapped; docstrings and what generators write are none.
"""

import ast

from host_tests.runtimes import ROOT

ON_DEVICE = ("lib", "boards", "firmware")
_GENERATED = "answers.py"
_DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(path) -> int:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    statements = sum(isinstance(node, ast.stmt) for node in nodes)
    documented = [node for node in nodes if isinstance(node, _DEFINITIONS)]
    return statements - sum(ast.get_docstring(node) is not None for node in documented)


def lines_by_file() -> "dict[str, int]":
    """{path from the project's root: code lines}"""
    return {
        str(path.relative_to(ROOT)): code_lines(path)
        for path in _files()
        if path.name != _GENERATED
    }


def modules() -> "dict[str, str]":
    """{module as a device imports it: its path}, each after those it imports."""
    files = {_module(path): path for path in _files()}
    ordered = {}

    def visit(name):
        path = files.pop(name, None)
        if path is None:
            return
        for needed in _imports(path, name, known):
            visit(needed)
        ordered[name] = str(path.relative_to(ROOT))

    known = set(files)
    for name in sorted(files):
        visit(name)
    return ordered


def package() -> "tuple[dict[str, str], dict]":
    """What the package ocpp201 hands on: {name: its module}, and its own {constant: value}."""
    tree = ast.parse((ROOT / "lib/ocpp201/__init__.py").read_text(encoding="utf-8"))
    modules, constants = {}, {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            modules.update({alias.name: "ocpp201." + node.module for alias in node.names})
        elif isinstance(node, ast.Assign):
            constants[node.targets[0].id] = ast.literal_eval(node.value)
    return modules, constants


def _files():
    for folder in ON_DEVICE:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _module(path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] in ("lib", "firmware"):  # both are on sys.path
        del parts[0]
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts)


def _imports(path, name, known):
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join(above + ([node.module] if node.module else []))
            for alias in node.names:
                inner = base + "." + alias.name
                yield inner if inner in known else base
