"`python -m began_nb COMMAND ...`: what to type where `began-train` and the others are not on the path. Written by hand, like `__init__.py`."
from began_nb.cli import _main

_main()
