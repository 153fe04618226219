"""HTTP requests, downloads, event streams, and a trigger that polls an address."""
