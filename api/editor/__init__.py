"""What an editor asks while a flow is written: findings, completion, documentation under the pointer."""
