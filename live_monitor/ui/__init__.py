"""Widgets: they show state and ask by signals; they decide nothing."""
