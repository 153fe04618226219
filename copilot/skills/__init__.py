"""What the copilot can do: author, edit, answer, explain."""
