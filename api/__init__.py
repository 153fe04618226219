"""The HTTP interface and the command line: settings, wiring, routes."""
