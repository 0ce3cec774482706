"""What a script was called with."""
import sys

import __main__


def arguments(*counts, more=False):
    """The arguments, as many as one of `counts`, or with `more` at least so many. Ends the program with the script's documentation otherwise."""
    given = sys.argv[1:]
    if len(given) not in counts and not (more and len(given) > counts[-1]):
        print(__main__.__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    return given
