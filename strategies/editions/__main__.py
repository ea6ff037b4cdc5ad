"""Write the hash of each edition into its file: ``python -m strategies.editions`` after a file was edited.

Prints a line for each file that it changed; ends with 1 if a file is no edition.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from strategies.editions import digest

_HASH = re.compile(r'("sha256":\s*")[^"]*(")')


def sign(path: Path) -> bool:
    """Write the hash of an edition into its file; return whether that changed it.

    Raises :class:`ValueError` for a file that is no JSON object, or that has no place for exactly one hash.
    """
    text = path.read_text("utf-8")
    document = json.loads(text)
    if not isinstance(document, dict) or "sha256" not in document:
        raise ValueError(f'{path.name} has no member "sha256" for the hash')
    signed, count = _HASH.subn(rf"\g<1>{digest(document)}\g<2>", text)
    if count != 1:
        raise ValueError(f'{path.name} has {count} members called "sha256", and no edition has more than one')
    if signed == text:
        return False
    path.write_text(signed, "utf-8")
    return True


def main() -> int:
    """Sign every edition beside this module; return the exit code."""
    for path in sorted(Path(__file__).parent.glob("*.json")):
        try:
            if sign(path):
                print(f"{path.name}: hash written")
        except ValueError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
