"""Which keys and tokens there are, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Credential(NamedTuple):
    """One key or token. `variables`: names in the environment that give it; the first that is set wins over all else.

    `typed`: a person types it in; the others are given by a log-in.
    """

    name: str
    label: str
    variables: tuple[str, ...] = ()
    typed: bool = True


POLYGON_API_KEY: Final = "polygon.api_key"
SCHWAB_APP_KEY: Final = "schwab.app_key"
SCHWAB_APP_SECRET: Final = "schwab.app_secret"
SCHWAB_CONNECTION: Final = "schwab.connection"

CREDENTIALS: Final = {
    credential.name: credential
    for credential in (
        Credential(POLYGON_API_KEY, "Polygon API key", ("POLYGON_API_KEY", "MASSIVE_API_KEY")),
        Credential(SCHWAB_APP_KEY, "Schwab app key", ("SCHWAB_APP_KEY",)),
        Credential(SCHWAB_APP_SECRET, "Schwab app secret", ("SCHWAB_APP_SECRET",)),
        Credential(SCHWAB_CONNECTION, "Schwab log-in", typed=False),
    )
}


def without_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process that asks no vendor: whoever can look at it finds no key there."""
    ours = {variable for credential in CREDENTIALS.values() for variable in credential.variables}
    return {name: text for name, text in environ.items() if name not in ours}
