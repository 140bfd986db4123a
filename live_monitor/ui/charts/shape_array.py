"""Room for many of Qt's shapes in one piece of memory that numpy writes and Qt reads."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip

#: Numbers that make one shape.
_NUMBERS = 4


class ShapeArray:
    """Shapes of one class whose memory is four numbers of one type. It grows and is used again. One thread."""

    def __init__(self, shape: type, number: type[np.generic]) -> None:
        self._shape = shape
        self._number = np.dtype(number)
        self._capacity = 0
        self._array: sip.array[Any] | None = None

    def holding(self, values: NDArray[Any]) -> sip.array[Any]:
        """The shapes of `values`, [n, 4] of the array's type; valid until the next call."""
        count = len(values)
        if self._array is None or count > self._capacity:
            self._capacity = count + count // 2
            self._array = sip.array(self._shape, self._capacity)  # type: ignore[call-arg] # the stubs forget the arguments
        memory = sip.voidptr(self._array, self._capacity * _NUMBERS * self._number.itemsize)
        np.frombuffer(cast(memoryview, memory), self._number, count * _NUMBERS)[:] = values.ravel()
        return self._array[:count]
