"""Refuse an app that cannot start while its image is built, so that the one that runs stays up.

Run as `python -c <this file> ENTRY` in the app's folder. Nothing of the app is executed. From the entry on, through the
modules that it imports and the pages that it names, every file must compile, and every module that is imported
unconditionally at the top of a file must be there.
"""

import ast
import importlib.metadata
import importlib.util
import pathlib
import re
import sys

MINIMUM = (1, 61)

entry = pathlib.Path(sys.argv[1])
# Streamlit puts the folder of the entry on the module path.
home = entry.parent
sys.path[0] = str(home.absolute())

faults = []


def check_streamlit():
    try:
        version = importlib.metadata.version("streamlit")
    except importlib.metadata.PackageNotFoundError:
        return ["streamlit is not among the requirements"]
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < MINIMUM:
        return [f"streamlit {version} is too old for the gateway: ask for streamlit>=1.61"]
    return []


def own_file(folder, module):
    """The file of a module that belongs to the app, or None."""
    path = folder.joinpath(*module.split("."))
    for file in (path.with_name(path.name + ".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def is_there(module):
    # A folder without __init__.py is a package, too.
    package = module.partition(".")[0]
    if (home / package).is_dir():
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def imports(statement, file):
    """(folder to look in, module) for each module that a statement imports; the folder is None if it is an absolute import."""
    if isinstance(statement, ast.Import):
        return [(None, alias.name) for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom):
        return []
    folder = file.parents[statement.level - 1] if statement.level else None
    module = statement.module
    # `from package import module` names a module as well as its package.
    return [(folder, module)] * bool(module) + [
        (folder, f"{module}.{alias.name}" if module else alias.name) for alias in statement.names
    ]


def pages(tree):
    """The scripts that a file names, as `st.Page("pages/x.py")` does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
            file = home / node.value
            if file.is_file():
                yield file


def check(file):
    """The faults of one file, and the files of the app that it leads to."""
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        return [f"{file}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}"], []
    missing, found = [], list(pages(tree))
    for statement in tree.body:
        for folder, module in imports(statement, file):
            own = own_file(folder or home, module)
            if own:
                found.append(own)
            elif folder is None and not is_there(module):
                package = module.partition(".")[0]
                fault = f"{file}, line {statement.lineno}: imports {package}, which is not installed: add it to the requirements"
                if fault not in missing:
                    missing.append(fault)
    return missing, found


if entry.is_file():
    queue = [entry, *sorted((home / "pages").glob("*.py"))]
    seen = set()
    while queue:
        file = queue.pop(0)
        if file in seen:
            continue
        seen.add(file)
        file_faults, found = check(file)
        faults += file_faults
        queue += found
else:
    faults.append(f"{entry} is not in the source folder")

faults = check_streamlit() + faults
if faults:
    sys.exit("This app cannot start:\n" + "\n".join(f"  {fault}" for fault in faults))
