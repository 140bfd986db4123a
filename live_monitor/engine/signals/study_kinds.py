"""What can be laid over a chart or under it: every kind of study with its parameters, outputs and defaults, as data.

The dialog, the panes and the check of kept settings all read this one table; a new kind is a row here and a formula
in `study_formulas`. Defaults are those that charting programs agree on, so that a trader finds what was there before.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

#: Where a study is painted: over the candles, over the volume, or in a pane of its own.
StudyPane = Literal["price", "volume", "own"]
OutputStyle = Literal["line", "histogram", "steps"]

MAX_LENGTH: Final = 5_000
#: Price of a bar, by name. "vwap" is the bar's own mean price where its source gave one, else the typical price.
SOURCES: Final = ("close", "open", "high", "low", "hl2", "hlc3", "ohlc4", "vwap")
#: Which bars a study of the trading day counts: those of the regular session, or those before and after it as well.
HOURS: Final = ("regular", "all")
#: Colour roles that are offered for a study, in this order; a colour may also be "#rrggbb".
STUDY_COLORS: Final = (
    "study_1", "study_2", "study_3", "study_4", "study_5", "study_6", "up", "down", "text", "muted",
)  # fmt: skip


class Parameter(NamedTuple):
    """One setting of a study. Whole numbers where `default` is an int; one of `choices` where there are any."""

    name: str
    label: str
    default: float | str
    least: float = 0.0
    most: float = 0.0
    choices: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """True where only whole numbers make sense."""
        return isinstance(self.default, int)


class Output(NamedTuple):
    """One thing that a study draws. `role` is its colour where none was chosen, one of `STUDY_COLORS`.

    "histogram" stands on zero; "steps" is level from bar to bar and broken where the level changes. Outputs of one
    `group` (empty: none) get their colour together, and the group's name stands beside it.
    """

    key: str
    label: str
    style: OutputStyle
    role: str
    group: str = ""


class StudyKind(NamedTuple):
    """One kind. `levels` are lines across its own pane, `bounds` the values that its pane always spans."""

    name: str
    title: str
    short: str
    pane: StudyPane
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    levels: tuple[float, ...] = ()
    bounds: tuple[float, float] | None = None
    #: True for what starts anew with every trading day, and so says nothing on bars of a day or longer.
    by_day: bool = False
    #: One sentence for the person who chooses.
    about: str = ""


def _length(default: int, label: str = "Length", name: str = "length", least: int = 1) -> Parameter:
    return Parameter(name, label, default, least, MAX_LENGTH)


def _choice(name: str, label: str, default: str, choices: tuple[str, ...]) -> Parameter:
    return Parameter(name, label, default, choices=choices)


_SOURCE: Final = _choice("source", "Price", "close", SOURCES)
_HOURS: Final = _choice("hours", "Hours", "regular", HOURS)


def _level(name: str, label: str, default: int) -> Parameter:
    return Parameter(name, label, default, 0, 100)


_KINDS: Final = (
    StudyKind(
        "sma", "Simple moving average", "SMA", "price", (_length(20), _SOURCE),
        (Output("average", "Average", "line", "study_2"),),
        about="Mean price of the last bars.",
    ),
    StudyKind(
        "ema", "Exponential moving average", "EMA", "price", (_length(9), _SOURCE),
        (Output("average", "Average", "line", "study_1"),),
        about="Mean price in which newer bars weigh more; begins with the mean of the first bars.",
    ),
    StudyKind(
        "vwap", "Session VWAP", "VWAP", "price",
        (Parameter("bands", "Bands", 2, 0, 3), _HOURS, _choice("source", "Price", "vwap", SOURCES)),
        (
            Output("vwap", "VWAP", "line", "study_3"),
            Output("upper_1", "Upper band 1 σ", "line", "muted", "Band 1 σ"),
            Output("lower_1", "Lower band 1 σ", "line", "muted", "Band 1 σ"),
            Output("upper_2", "Upper band 2 σ", "line", "muted", "Band 2 σ"),
            Output("lower_2", "Lower band 2 σ", "line", "muted", "Band 2 σ"),
            Output("upper_3", "Upper band 3 σ", "line", "muted", "Band 3 σ"),
            Output("lower_3", "Lower band 3 σ", "line", "muted", "Band 3 σ"),
        ),
        by_day=True,
        about="Mean price of the day's shares, with bands of one to three standard deviations.",
    ),
    StudyKind(
        "bollinger", "Bollinger bands", "BB", "price",
        (_length(20, least=2), Parameter("width", "Standard deviations", 2.0, 0.1, 10.0), _SOURCE),
        (
            Output("middle", "Middle", "line", "study_4"), Output("upper", "Upper", "line", "study_4", "Bands"),
            Output("lower", "Lower", "line", "study_4", "Bands"),
        ),
        about="Moving average and bands around it, by the standard deviation of the whole population.",
    ),
    StudyKind(
        "rsi", "Relative strength index", "RSI", "own",
        (_length(14), _SOURCE, _level("low", "Oversold", 30), _level("high", "Overbought", 70)),
        (Output("rsi", "RSI", "line", "study_3"),), (30.0, 70.0), (0.0, 100.0),
        about="Mean gain against mean loss after Wilder, from 0 to 100.",
    ),
    StudyKind(
        "macd", "MACD", "MACD", "own",
        (_length(12, "Fast", "fast"), _length(26, "Slow", "slow"), _length(9, "Signal", "signal"), _SOURCE),
        (
            Output("histogram", "Histogram", "histogram", "muted"), Output("macd", "MACD", "line", "study_1"),
            Output("signal", "Signal", "line", "study_2"),
        ),
        (0.0,),
        about="Distance of two exponential averages, its own average, and how far the two are apart.",
    ),
    StudyKind(
        "atr", "Average true range", "ATR", "own", (_length(14),), (Output("atr", "ATR", "line", "study_5"),),
        about="Mean reach of a bar after Wilder, gaps from the close before included.",
    ),
    StudyKind(
        "stochastic", "Stochastic", "Stoch", "own",
        (
            _length(14), _length(3, "%K smoothing", "smooth"), _length(3, "%D length", "signal"),
            _level("low", "Oversold", 20), _level("high", "Overbought", 80),
        ),
        (Output("k", "%K", "line", "study_1"), Output("d", "%D", "line", "study_2")), (20.0, 80.0), (0.0, 100.0),
        about="Where the close lies between the lowest low and the highest high of the last bars.",
    ),
    StudyKind(
        "obv", "On-balance volume", "OBV", "own", (), (Output("obv", "OBV", "line", "study_4"),),
        about="Shares of rising bars less shares of falling ones since the oldest bar that is loaded.",
    ),
    StudyKind(
        "volume_average", "Volume average", "Vol avg", "volume", (_length(20),),
        (Output("average", "Average", "line", "study_2"),),
        about="Mean volume of the last bars, over the volume.",
    ),
    StudyKind(
        "volume_profile", "Volume profile", "Profile", "price",
        (Parameter("step", "Price step", 0.0, 0.0, 10_000.0), _HOURS),
        (
            Output("shares", "Shares by price", "histogram", "muted"),
            Output("poc", "Most traded price", "line", "study_2"),
            Output("value", "Value area, 70 %", "line", "study_4"),
        ),
        by_day=True,
        about="Shares by price of the newest trading day, with the most traded price and the value area of 70 %.",
    ),
    StudyKind(
        "previous_day", "Levels of the day before", "Prev day", "price", (_HOURS,),
        (
            Output("high", "High", "steps", "study_5"), Output("low", "Low", "steps", "study_5"),
            Output("close", "Close", "steps", "muted"),
        ),
        by_day=True,
        about="High, low and close of the trading day before.",
    ),
    StudyKind(
        "opening_range", "Opening range", "Open range", "price", (Parameter("minutes", "Minutes", 15, 1, 390),),
        (Output("high", "High", "steps", "study_6", "Range"), Output("low", "Low", "steps", "study_6", "Range")),
        by_day=True,
        about="High and low of the first minutes of the regular session, until it ends.",
    ),
)  # fmt: skip

#: Every kind by its name, in the order in which they are offered.
CATALOG: Final[dict[str, StudyKind]] = {kind.name: kind for kind in _KINDS}
