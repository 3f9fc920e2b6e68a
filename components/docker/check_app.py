"""Refuse an app that cannot start while its image is built, so that the one that runs stays up.

Run as `python -c <this file> ENTRY` in the app's folder. Nothing of the app is executed: every file must compile, and
every module that a file imports unconditionally at its top must be installed.
"""

import ast
import importlib.metadata
import importlib.util
import pathlib
import sys

MINIMUM = (1, 61)

entry = pathlib.Path(sys.argv[1])
faults = []

if not entry.is_file():
    faults.append(f"{entry} is not in the source folder")

try:
    version = importlib.metadata.version("streamlit")
except importlib.metadata.PackageNotFoundError:
    faults.append("streamlit is not among the requirements")
else:
    if tuple(int(part) for part in version.split(".")[:2]) < MINIMUM:
        faults.append(f"streamlit {version} is too old for the gateway: ask for streamlit>=1.61")

# Streamlit puts the folder of the entry on the module path.
sys.path[0] = str(entry.parent.absolute())


def is_installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


for file in sorted(pathlib.Path().rglob("*.py")):
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        faults.append(f"{file}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}")
        continue
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            modules = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            modules = [statement.module]
        else:
            continue
        for module in modules:
            package = module.partition(".")[0]
            if not is_installed(package) and not (file.parent / package).exists() and not (file.parent / f"{package}.py").exists():
                faults.append(f"{file}, line {statement.lineno}: imports {package}, which is not installed: add it to the requirements")

if faults:
    sys.exit("This app cannot start:\n" + "\n".join(f"  {fault}" for fault in faults))
