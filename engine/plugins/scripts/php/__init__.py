"""PHP scripts."""
