"""Prints the options of the Streamlit that is installed beside this Python, as JSON: its version, and each option's type.

Only Streamlit's modules on options are imported: the package itself would ask for pandas, pyarrow and others.
"""

import importlib.metadata
import json
import pathlib
import sys
import types

package = types.ModuleType("streamlit")
package.__path__ = [
    str(pathlib.Path(folder, "streamlit")) for folder in sys.path if pathlib.Path(folder, "streamlit").is_dir()
]
sys.modules["streamlit"] = package

from streamlit import config  # noqa: E402

json.dump(
    {
        "version": importlib.metadata.version("streamlit"),
        "options": {
            name: "list" if option.multiple else option.type.__name__
            for name, option in config._config_options_template.items()
        },
    },
    sys.stdout,
)
