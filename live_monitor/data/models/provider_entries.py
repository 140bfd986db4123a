"""What is known of a provider before anybody connects to it: what it is called, what it can do, what it asks for."""

from __future__ import annotations

from msgspec import Struct

from live_monitor.data.models.providers import Capabilities, ProviderId


class Credential(Struct, frozen=True, kw_only=True):
    """Something that a provider asks for and that is kept like a key.

    `name` is what it is kept under, `variables` are those of the environment that say it too, the first that is set
    wins over what is kept. `secret`: it is never shown again once it was typed.
    """

    name: str
    label: str
    variables: tuple[str, ...] = ()
    secret: bool = True
    hint: str = ""


class ProviderEntry(Struct, frozen=True, kw_only=True):
    """One provider. `words` says in one line what it is, `help` in a few how to get what it asks for.

    `stands_in`: it may take over from another one, or be taken over from: its prices are those of the real market, now.
    """

    id: ProviderId
    title: str
    words: str
    help: str = ""
    capabilities: Capabilities = Capabilities()
    credentials: tuple[Credential, ...] = ()
    stands_in: bool = False
