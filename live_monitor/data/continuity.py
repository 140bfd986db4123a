"""What was missed, and that it was: losses, lost connections, refusals, halts.

Nothing is lost silently. Each loss is counted, recorded with its stretch of market time, told as an
alert, and asked for again: level 1 puts the day figures right, history the bars.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from live_monitor import limits
from live_monitor.data.inbox import Loss, SubscriptionProblem
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.status import Alert, AlertLevel, Counters, Gap, LinkStatus
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.wire.reconnect import ALERT_AFTER_ATTEMPTS
from live_monitor.wire.relay import FaultNotice

#: Less than this is rounding, not a missed print.
_WHOLE_SHARE = 0.5
_SHARES_MISSED = "prints missed; the provider's bars count more shares"
_NOT_KEPT = "no bars were kept; this feed offers no history"
#: A dead connection is noticed within this time by pings (`relay_link`), and within this one by silence.
_ANSWERS_WITHIN_S, _NOTICED_WITHIN_S = 15.0, 60.0
#: Gaps on record among which a missed stretch is looked for.
_LOOKED_BACK = 100


class AlertLog:
    """The newest alerts, bounded; `total` counts all, so that a view sees how many are new."""

    def __init__(self) -> None:
        self.rows: deque[Alert] = deque(maxlen=limits.MAX_ALERTS)
        self.total = 0

    def add(self, alert: Alert) -> None:
        """Adds one; its text is cut to a line's length."""
        self.rows.append(alert._replace(message=alert.message[: limits.MAX_TEXT]))
        self.total += 1


#: [from_ms, to_ms) of market time in which prints were missed.
Stretch = tuple[int, int]


class Healing:
    """Which bars of the gaps of one symbol history has brought. Nothing is called filled before it is."""

    def __init__(self) -> None:
        #: Per gap and length of bars: from where on they are still missing.
        self._missing_from: dict[Stretch, dict[Timeframe, int]] = {}
        #: No history reaches these.
        self._hopeless: dict[Stretch, set[Timeframe]] = {}
        self._asked_for: set[Stretch] = set()

    def restart(self) -> None:
        """Another symbol."""
        self._missing_from.clear()
        self.hope()

    def hope(self) -> None:
        """Another source of history: what the one before did not have, it may have."""
        self._hopeless.clear()
        self.ask_again()

    def ask_again(self) -> None:
        """What was asked for may not have been heard."""
        self._asked_for.clear()

    def unasked(self, gaps: Iterable[Stretch]) -> bool:
        """True when bars of one of `gaps` were not asked for yet; from now on they are."""
        before, self._asked_for = self._asked_for, set(gaps)
        return not before.issuperset(self._asked_for)

    def missing_since(self, timeframe: Timeframe, gaps: list[Stretch]) -> int | None:
        """From where on bars of `timeframe` are missing that history may have."""
        for forgotten in self._missing_from.keys() - set(gaps):
            del self._missing_from[forgotten]
        for forgotten in self._hopeless.keys() - set(gaps):
            del self._hopeless[forgotten]
        hoped_for = (gap for gap in gaps if timeframe not in self._hopeless.get(gap, ()))
        return min((since for gap in hoped_for if (since := self._since(gap, timeframe)) < _end(gap)), default=None)

    def _since(self, gap: Stretch, timeframe: Timeframe) -> int:
        return self._missing_from.get(gap, {}).get(timeframe, gap[0])

    def brought(self, timeframe: Timeframe, whole: Stretch, gaps: list[Stretch], of: set[Timeframe]) -> list[Stretch]:
        """Bars of `timeframe` are `whole` in this stretch; the gaps that now have all bars `of` these lengths."""
        filled = []
        for gap in gaps:
            if whole[0] <= self._since(gap, timeframe):
                self._missing_from.setdefault(gap, {})[timeframe] = max(whole[1], self._since(gap, timeframe))
            if all(self._since(gap, each) >= _end(gap) for each in of):
                filled.append(gap)
        return filled

    def give_up(self, timeframe: Timeframe, before_ms: int, gaps: list[Stretch]) -> None:
        """History of `timeframe` ends at `before_ms`: gaps that began before stay open, and are not asked for again."""
        for gap in gaps:
            if self._since(gap, timeframe) < before_ms:
                self._hopeless.setdefault(gap, set()).add(timeframe)


def _line(*texts: str) -> str:
    """What was said, and what helps, as one line."""
    return " ".join(" ".join(texts).split())


def _end(gap: Stretch) -> int:
    """A gap of which only an instant is known takes that."""
    return max(gap[1], gap[0] + 1)


class Continuity:
    """Keeps the record of what was missed. `ask_again` gets the symbols whose truth has to come anew."""

    def __init__(
        self,
        states: Mapping[str, TickerState],
        counters: Counters,
        alert: Callable[[AlertLevel, str, str, str], None],
        ask_again: Callable[[list[str]], None],
        request_snapshot: Callable[[list[str]], None],
    ) -> None:
        self._states = states
        self._counters = counters
        self._alert = alert
        self._ask_again = ask_again
        self._request_snapshot = request_snapshot
        #: Prints of a symbol are missing from a market time on; a face of its bars fills it in.
        self.missing: Callable[[str, int], None] = lambda symbol, from_ms: None
        #: A share of a symbol has become so many new ones; level 1 says it already.
        self.split: Callable[[str, float], None] = lambda symbol, ratio: None
        self._lost_at_ms: int | None = None
        #: Symbols whose level 1 was asked for because prints were missed, until it comes.
        self._awaited: set[str] = set()
        #: Splits that level 1 has followed: symbol and instant.
        self._splits: set[tuple[str, int]] = set()
        #: Symbols that do not trade at present: their silence is normal.
        self.halted: set[str] = set()
        #: Symbols that the server refused or left unanswered, or that are halted, with the reason.
        self.problems: dict[str, str] = {}

    @property
    def lost_at_ms(self) -> int | None:
        """Market time at which the connection was lost that is not back yet."""
        return self._lost_at_ms

    def alive_ms(self, alive_ms: Callable[[float], int]) -> int:
        """Market time up to which the feed is known to have been alive: heard, or answering pings since."""
        return alive_ms(_ANSWERS_WITHIN_S) if self._lost_at_ms is None else self._lost_at_ms

    def gap(self, symbol: str, from_ms: int, to_ms: int, reason: str, *, over: bool = False) -> None:
        """Records a stretch of market time in which prints were missed; the oldest go when there are too many.

        `over`: nothing is to be healed; the record says what happened there.
        """
        self._counters.gaps.append(Gap(symbol, from_ms, to_ms, reason, over))
        del self._counters.gaps[: -limits.MAX_GAPS]

    def missed(self, symbol: str, stretches: Iterable[tuple[int, int]]) -> None:
        """The provider counts shares in these stretches that never reached us. What is on record already stays so."""
        gaps = self._counters.gaps
        for from_ms, to_ms in stretches:
            last = gaps[-1] if gaps else None
            if last is not None and last[:1] + last[2:] == (symbol, from_ms, _SHARES_MISSED, False):
                gaps[-1] = last._replace(to_ms=to_ms)
                continue
            known = (gap for gap in gaps[-_LOOKED_BACK:] if gap.symbol == symbol)
            if not any(gap.from_ms <= from_ms and to_ms <= gap.to_ms for gap in known):
                self.gap(symbol, from_ms, to_ms, _SHARES_MISSED)

    def unfilled(self, symbol: str | None, until_ms: int) -> list[tuple[int, int]]:
        """Stretches of `symbol` that ended by `until_ms` and that history has not filled yet."""
        gaps = self._counters.gaps
        return [gap[1:3] for gap in gaps if not gap.healed and gap.symbol == symbol and gap.to_ms <= until_ms]

    def unseen(self, symbol: str, from_ms: int, to_ms: int) -> None:
        """Nothing was kept of this stretch, and the feed has no history; on record once."""
        known = any(gap[:2] == (symbol, from_ms) and gap.reason == _NOT_KEPT for gap in self._counters.gaps)
        if from_ms < to_ms and not known:
            self.gap(symbol, from_ms, to_ms, _NOT_KEPT)

    def healed(self, symbol: str, from_ms: int, to_ms: int) -> None:
        """History has filled the stretch; gaps within it are over."""
        gaps = self._counters.gaps
        for at, gap in enumerate(gaps):
            if gap.symbol == symbol and not gap.healed and from_ms <= gap.from_ms and gap.to_ms <= to_ms:
                gaps[at] = gap._replace(healed=True)

    def source_changed(self, before: str, now: str, now_ms: int) -> None:
        """Another provider took over in mid-flight: what it says starts anew, and that it did is on record."""
        for symbol in self._states:
            self.gap(symbol, now_ms, now_ms, f"the source changed from {before} to {now}", over=True)
        self._alert("warning", "source", "", f"The source of prices changed from {before} to {now}; bars start anew.")

    def lost(self, loss: Loss) -> None:
        """Prints were left out on our side."""
        self._counters.dropped_trades += loss.trades
        self.gap(loss.symbol, loss.from_ms, loss.to_ms, f"{loss.trades} prints left out, the window was busy")
        self.missing(loss.symbol, loss.from_ms)
        # What comes to an earlier question covers this loss too: a loss is handed over after all that came before it.
        self._repair([loss.symbol], loss.to_ms, again=loss.symbol not in self._awaited)

    def server_fault(self, fault: FaultNotice, now_ms: int) -> None:
        """The server says what went wrong on its side; without a symbol it means all, without a time just now."""
        if fault.kind in ("gap", "dropped"):
            self._counters.dropped_trades += fault.count
            symbols, to_ms = [fault.symbol] if fault.symbol else list(self._states), fault.to_ms or now_ms
            for symbol in symbols:
                self.gap(symbol, fault.from_ms or to_ms, to_ms, fault.message or fault.kind)
                self.missing(symbol, fault.from_ms or to_ms)
            self._repair(symbols, to_ms, again=True)
        elif fault.kind == "conflated":
            self._counters.conflated_quotes += fault.count
        elif fault.kind == "halt":
            self.halted.add(fault.symbol)
            self.problems[fault.symbol] = "trading halted"
            self._alert("urgent", "halt", fault.symbol, fault.message or f"{fault.symbol} is halted")
        elif fault.kind == "resume":
            self.halted.discard(fault.symbol)
            self.problems.pop(fault.symbol, None)
            self._alert("warning", "resume", fault.symbol, fault.message or f"{fault.symbol} trades again")

        elif fault.kind == "split" and fault.ratio > 0:
            self._split(fault)
        elif fault.kind == "renamed" and fault.new_symbol:
            self.problems[fault.symbol] = f"trades as {fault.new_symbol} now"
            text = fault.message or f"{fault.symbol} trades as {fault.new_symbol} now."
            self._alert("urgent", "renamed", fault.symbol, f"{text} Switch to {fault.new_symbol}.")

    def _split(self, fault: FaultNotice) -> None:
        """Level 1 goes on in new shares; the bars before stay in old ones, and are marked as such by the gap."""
        state = self._states.get(fault.symbol)
        told = (fault.symbol, fault.from_ms)
        if state is None or told in self._splits:
            return  # a server says it again to who connects again
        self._splits.add(told)
        state.split(fault.ratio)
        self.split(fault.symbol, fault.ratio)
        text = fault.message or f"{fault.symbol}: one share is {fault.ratio:g} new ones."
        self.gap(fault.symbol, fault.from_ms, fault.from_ms, f"split, 1 to {fault.ratio:g}", over=True)
        self._alert("urgent", "split", fault.symbol, f"{text} Bars before it are in old shares.")

    def _repair(self, symbols: list[str], until_ms: int, *, again: bool) -> None:
        known = [symbol for symbol in symbols if symbol in self._states]
        for symbol in known:
            self._states[symbol].missed(until_ms)
        if again:
            self._awaited.update(known)
            self._ask_again(known)

    def settle(self, state: TickerState, bar: Aggregate, bars: BarBuilder) -> None:
        """The provider's volume of the day up to the end of `bar`, plus what was printed since, is the truth.

        Where it shows that prints were missed, level 1 is asked for: it knows the range that they may have moved, and
        which of them must not be counted again when they come late after all.
        """
        if bar.end_ms < bars.whole_from_ms:
            return
        volume = bar.day_volume + bars.volume_from(bar.end_ms)
        if not state.volume_known:
            state.settle_volume(volume)
        elif volume - state.volume > _WHOLE_SHARE:
            self.gap(state.symbol, bar.start_ms, bar.end_ms, "prints missed; volume put right by the provider")
            state.settle_volume(volume)
            if state.symbol not in self._awaited:
                self._awaited.add(state.symbol)
                self._request_snapshot([state.symbol])
        if bar.day_open == bar.day_open:
            state.day_open = bar.day_open

    def check(self, state: TickerState, bar: Aggregate) -> None:
        """A watched symbol has no windows of its own; a day volume beyond what was counted still shows a loss."""
        if state.volume_known and bar.day_volume - state.volume > _WHOLE_SHARE and state.symbol not in self._awaited:
            self.gap(state.symbol, bar.start_ms, bar.end_ms, "prints missed; level 1 asked for again")
            self._repair([state.symbol], bar.end_ms, again=True)

    def answered(self, symbol: str) -> None:
        """Level 1 of `symbol` came."""
        self._awaited.discard(symbol)
        if symbol not in self.halted:
            self.problems.pop(symbol, None)

    def confirmed(self, symbols: Iterable[str]) -> None:
        """The server gives these after all."""
        for symbol in symbols:
            if symbol not in self.halted:
                self.problems.pop(symbol, None)

    def refused(self, problem: SubscriptionProblem) -> None:
        """A symbol that the server does not give; the others go on."""
        if problem.symbol in self._states:
            self.problems[problem.symbol] = problem.reason
            self._alert("warning", "subscription", problem.symbol, f"{problem.symbol}: {problem.reason}")

    def let_go(self, symbol: str) -> None:
        """Nobody follows `symbol` any more: the end of a halt would not be heard. A feed says again that one lasts."""
        self.halted.discard(symbol)
        self.problems.pop(symbol, None)
        self._awaited.discard(symbol)

    def link_changed(
        self, before: LinkStatus, status: LinkStatus, now_ms: int, alive_ms: Callable[[float], int]
    ) -> None:
        """A lost connection is a gap until the next one; what can be retried alarms once, and after ten attempts.

        The gap begins when the feed was heard for the last time: that it is gone is noticed later.
        """
        if status.connected:
            self._awaited.clear()
            self.halted.clear()
            self._connected_again(now_ms)
        elif before.connected:
            self._lost_at_ms = min(alive_ms(_NOTICED_WITHIN_S), now_ms)
        if status.state == "failed":
            self._alert("urgent", "link", "", _line(status.message, status.remedy))
        elif status.state == "retrying" and (before.connected or status.attempt == 1):
            self._alert("warning", "link", "", _line(status.message, status.remedy))
        elif status.state == "retrying" and status.attempt == ALERT_AFTER_ATTEMPTS:
            tried = f"{ALERT_AFTER_ATTEMPTS} attempts failed; still trying."
            self._alert("urgent", "link", "", _line(status.message, tried, status.remedy))

    def _connected_again(self, now_ms: int) -> None:
        if self._lost_at_ms is None:
            return
        self._counters.reconnects += 1
        # Another source may be at an earlier time: what was missed is still to come.
        from_ms = min(self._lost_at_ms, now_ms)
        for symbol, state in self._states.items():
            self.gap(symbol, from_ms, now_ms, "connection lost")
            state.missed(now_ms)
        self._alert("normal", "link", "", "Connected again; the gap is filled from history where the feed offers it.")
        self._lost_at_ms = None
