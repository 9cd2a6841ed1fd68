"""Runs first in both programs of the bundle: programs that it starts get the environment it was started with.

The bundle's loader lets the dynamic linker look into the bundle's own folder first, which a browser or a file
manager that is started from here must not do. This process's linker has read it already.
"""

import os

for _name in [name for name in os.environ if name.startswith("_PYI_")]:
    del os.environ[_name]
_before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if _before is not None:
    os.environ["LD_LIBRARY_PATH"] = _before
