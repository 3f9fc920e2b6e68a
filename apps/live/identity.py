"""Who is signed in, out of what `st.user` holds.

The gateway puts the visitor into headers, and `server.trustedUserHeaders` maps those to the keys email, name, user
and groups. Without that setting there are no keys at all; with it, a header that did not come leaves a None.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """A visitor who is signed in. What the gateway did not tell is None."""

    email: str | None
    name: str | None
    user: str | None
    groups: tuple[str, ...]

    @property
    def label(self) -> str:
        """The most personal of what is known."""
        return self.name or self.email or self.user or "somebody"


def of(held: Mapping[str, Any]) -> Person | None:
    """Return the person, or None when nobody is signed in."""
    email, name, user = (text(held.get(key)) for key in ("email", "name", "user"))
    if not (email or name or user):
        return None
    return Person(email, name, user, listed(held.get("groups")))


def text(value: object) -> str | None:
    """Return a value that says something as text.

    Headers are bytes, and the server reads them as Latin-1: a name that the gateway sent in UTF-8 has to be put right.
    """
    read = str(value).strip() if value else ""
    with suppress(UnicodeError):  # then it was text already
        read = read.encode("latin-1").decode("utf-8")
    return read or None


def listed(groups: object) -> tuple[str, ...]:
    """Return groups one by one: the gateway's header has them as a JSON list, an OpenID Connect claim is a list."""
    if isinstance(groups, str):
        try:
            groups = json.loads(groups)
        except ValueError:
            return ()
    return tuple(str(group) for group in groups) if isinstance(groups, list | tuple) else ()
