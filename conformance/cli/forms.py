"""How a run is shown while it goes on and at its end."""

from __future__ import annotations

from typing import Literal, get_args

Form = Literal["auto", "plain", "github", "gitlab", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
"""How a run is shown: by what it prints to, as plain text, for the log of a GitHub or GitLab job, as report.json."""
