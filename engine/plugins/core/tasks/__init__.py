"""Types of the oldest flows, kept under their old names."""
