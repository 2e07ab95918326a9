"""``fetch`` gets the bundle's dependencies, so that later builds need no network; ``check`` says whether it may be deployed."""

import sys

from constructs.python_bundle.construct import Target, check_interpreter, fetch_dependencies

if sys.argv[1:] == ["check"]:
    try:
        check_interpreter()
    except RuntimeError as error:
        sys.exit(str(error))
else:
    for target in Target:
        fetch_dependencies(target)
