"""Pure decisions: bars, sessions, signals. No Qt, no sockets, no files, no clock of its own."""
