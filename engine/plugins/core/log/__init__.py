"""Tasks that write, fetch and remove log entries."""
