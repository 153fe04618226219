"""Tasks that run, repeat, choose, pause or start other tasks and flows."""
