"""Redis, Valkey, and other stores that speak their protocol."""
