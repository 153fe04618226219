"""Who may do what: accounts, tokens, permissions, limits on guessing, the audit log."""
