"""Bars as a pandas DataFrame, for scripts and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from live_monitor.engine.market.bar_columns import BarColumns, BarSource, Proof

if TYPE_CHECKING:
    from pandas import DataFrame  # noqa: TID251 - a name for the reader; nothing is imported

#: `BarSource` and `Proof` as words; the number is the position.
SOURCE_NAMES = ("", *(source.name.lower() for source in BarSource))
PROOF_NAMES = tuple(proof.name.lower() for proof in Proof)


def bars_frame(columns: BarColumns) -> DataFrame:
    """One row a bar, indexed by its start: a DatetimeIndex in UTC named `start`, in milliseconds.

    Columns: `open, high, low, close, volume, cumulative_volume, vwap` (float64, NaN where absent), `trades` (Int64,
    <NA> where absent), `source` (`own`, `stream`, `history`), `revised` (bool), `proof` (`none`, `agrees`, …). The
    frame has its own memory. About 0.3 s for the first frame of a process, which loads pandas.
    """
    import pandas as pd  # noqa: PLC0415, TID251 - takes 0.2 s, which only those pay who want a frame

    trades = pd.arrays.IntegerArray(columns.trades.copy(), columns.trades < 0)
    return pd.DataFrame(
        {
            "open": columns.open.copy(),
            "high": columns.high.copy(),
            "low": columns.low.copy(),
            "close": columns.close.copy(),
            "volume": columns.volume.copy(),
            "cumulative_volume": columns.cumulative_volume.copy(),
            "vwap": columns.vwap.copy(),
            "trades": trades,
            "source": pd.Categorical.from_codes(columns.source.astype(np.int8), SOURCE_NAMES),
            "revised": columns.revised.copy(),
            "proof": pd.Categorical.from_codes(columns.proof.astype(np.int8), PROOF_NAMES),
        },
        index=pd.DatetimeIndex(columns.start_ms.astype("datetime64[ms]"), name="start").tz_localize("UTC"),
    )
