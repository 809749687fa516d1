"""Timing the engine: one wide task, replayed token for token."""
