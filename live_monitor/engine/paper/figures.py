"""Figures of paper trading in words for people: prices, shares, money, ages, times."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.engine.market.sessions import Calendar, hms

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def price_words(price: Decimal | float | None) -> str:
    """USD with 2 decimals, more where the price has them; an en dash where it is absent."""
    if price is None or price != price:
        return "–"
    found = price if isinstance(price, Decimal) else Decimal(repr(float(price)))
    text = f"{found:f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def shares_words(quantity: Decimal | float | None) -> str:
    """Shares with thousands separators, "1,200"; an en dash where they are absent."""
    if quantity is None or quantity != quantity:
        return "–"
    found = quantity if isinstance(quantity, Decimal) else Decimal(repr(float(quantity)))
    whole, _, decimals = f"{found:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def money_words(amount: Decimal) -> str:
    """USD with thousands separators and cents: "1,005.00"."""
    return f"{amount:,.2f}"


def age_words(age_ms: int) -> str:
    """An age: "0.3 s", "5.001 s", "2 min 5 s", "3 h 10 min"; "of unknown age" below 0."""
    if age_ms < 0:
        return "of unknown age"
    if age_ms < 60_000:
        seconds, ms = divmod(age_ms, 1_000)
        return f"{seconds}.{f'{ms:03d}'.rstrip('0') or '0'} s"
    seconds = age_ms // 1_000
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3_600} h {seconds // 60 % 60} min"


def clock_words(at_ms: int) -> str:
    """New York time to the ms: "09:31:02.345"."""
    return f"{hms(at_ms)}.{at_ms % 1_000:03d}"


def when_words(at_ms: int, now_ms: int, calendar: Calendar) -> str:
    """A time of the exchange's day, with its date where that is not today's: "09:30", "09:30 on Mon 23 Nov"."""
    local, today = calendar.to_local(at_ms), calendar.to_local(now_ms)
    text = f"{local:%H:%M}"
    if local.date() != today.date():
        text += f" on {_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    return f"{text} ({zone_words(calendar)})"


def zone_words(calendar: Calendar) -> str:
    """Whose clock times of the exchange are told by: "New York time"."""
    return f"{calendar.zone.key.rpartition('/')[2].replace('_', ' ')} time"


def date_words(at_ms: int, calendar: Calendar) -> str:
    """The date of an instant in the exchange's zone: "Mon 23 Nov 2026"."""
    local = calendar.to_local(at_ms)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
