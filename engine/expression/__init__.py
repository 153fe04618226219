"""The expression language: Kestra's Pebble dialect, compiled to closures."""
