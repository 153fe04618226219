"""Messages to Discord."""
