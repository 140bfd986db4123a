"""Market rules and state: conditions, sessions, bars, ticker state."""
