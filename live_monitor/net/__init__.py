"""Sockets that providers and the desktop's own link share: kept alive, resolved, judged. No Qt."""
