"""A secret in all the ways in which it may be written down, found without the suite's own code."""

from __future__ import annotations

import base64
from html.entities import codepoint2name
from urllib.parse import quote

KEY = "sk-canary/4f9d_2c71+e8&Zq7X"
OTHER = "sk-second.Hh31xPq8~Rr55Tt"
HEADER = "tenant-Vv77kkQ0!w9"
QUERY = "query-Jj48$zLm2(x)"
PASSWORD = "pass-Nn63*dFg9,y"
EVERY = (KEY, OTHER, HEADER, QUERY, PASSWORD)


def forms(secret: str) -> dict[str, str]:
    """Return a secret in every form, by what the form is called."""
    data = secret.encode()
    percent = "".join(f"%{byte:02X}" for byte in data)
    found = {
        "raw": secret,
        "upper": secret.upper(),
        "lower": secret.lower(),
        "swapped": secret.swapcase(),
        "shorter": secret[:-1],
        "beheaded": secret[1:],
        "quoted": quote(secret, safe=""),
        "percent": percent,
        "percent small": percent.lower(),
        "percent twice": percent.replace("%", "%25"),
        "quoted twice": quote(quote(secret, safe=""), safe=""),
        "hex": data.hex(),
        "HEX": data.hex().upper(),
        "JSON": "".join(f"\\u{ord(c):04x}" for c in secret),
        "JSON capitals": "".join(f"\\u{ord(c):04X}" for c in secret),
        "JSON slashes": secret.replace("/", "\\/"),
        "JSON twice": "".join(f"\\\\u{ord(c):04x}" for c in secret),
        "literal": "".join(f"\\x{byte:02x}" for byte in data),
        "HTML named": "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in secret),
        "HTML punctuation": secret.replace("_", "&lowbar;").replace("/", "&sol;").replace("&Z", "&amp;Z"),
        "HTML decimal": "".join(f"&#{ord(c)};" for c in secret),
        "HTML zeros": "".join(f"&#{ord(c):07d};" for c in secret),
        "HTML hex": "".join(f"&#x{ord(c):x};" for c in secret),
        "HTML hex zeros": "".join(f"&#X{ord(c):06X};" for c in secret),
        "HTML of percent": percent.replace("%", "&#37;"),
    }
    for offset in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            found[f"{name} at {offset}"] = encode(b"u:"[:offset] + data + b"?" * offset).decode()
            found[f"{name} bare at {offset}"] = encode(b"x:"[:offset] + data).decode().rstrip("=")
            found[f"{name} quoted at {offset}"] = quote(encode(b"x:"[:offset] + data).decode(), safe="")
    return found


def leaks(text: str, secrets: tuple[str, ...] = EVERY) -> list[str]:
    """Return which forms of which secrets a text holds."""
    found = []
    for secret in secrets:
        for name, form in forms(secret).items():
            if name in {"shorter", "beheaded"} and secret not in {KEY, OTHER}:
                continue  # the suite itself sends what is nearly a key, and nothing that is nearly another secret
            needle = form[4:-6] if name.startswith("base64") else form
            if needle in text:
                found.append(f"{name} of {secret}")
    return found
