"""What screens read of providers: one line each, made of what is known of it and of how it is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from live_monitor.data.models.provider_entries import ProviderEntry
from live_monitor.data.models.providers import ProviderRole, ProviderStatus
from live_monitor.ui.provider_names import link_words

ROLE_WORDS: dict[ProviderRole, str] = {"primary": "first", "second": "second", "beside": "beside"}


class ProviderLine(NamedTuple):
    """One provider in a list: `told` is its state, with plan or delay, or what it still needs; `dot` a colour role."""

    id: str
    title: str
    words: str
    told: str
    dot: str
    chosen: bool = False
    stands_in: bool = False
    ready: bool = True


class ProvidersShown(NamedTuple):
    """Which providers there are, which one was chosen, and which one takes over; `second` is empty for none."""

    entries: Sequence[ProviderEntry] = ()
    chosen: str = ""
    second: str = ""
    #: What a provider still needs before it can be used, by its id.
    needs: Mapping[str, str] = {}


Statuses = Mapping[tuple[str, ProviderRole], ProviderStatus]


def lines_of(shown: ProvidersShown, statuses: Iterable[ProviderStatus]) -> list[ProviderLine]:
    """A line for every provider, in the order of the entries."""
    # By what it is there for: a market of our own calls itself otherwise than its entry.
    by_role = {status.role: status for status in statuses}
    roles: dict[str, ProviderRole] = {shown.second: "second", shown.chosen: "primary"}
    return [_line(entry, shown, by_role.get(roles[entry.id]) if entry.id in roles else None) for entry in shown.entries]


def _line(entry: ProviderEntry, shown: ProvidersShown, status: ProviderStatus | None) -> ProviderLine:
    needs = shown.needs.get(entry.id, "")
    told, dot = needs, ""
    if status is not None:
        word, dot = link_words(status.link.state)
        told = " · ".join(filter(None, (word, status.plan)))
    return ProviderLine(
        entry.id,
        entry.title,
        entry.words,
        told,
        dot,
        chosen=entry.id == shown.chosen,
        stands_in=entry.stands_in,
        ready=not needs,
    )
