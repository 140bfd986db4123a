"""Faces for other programs: the relay server (later HTTP too)."""
