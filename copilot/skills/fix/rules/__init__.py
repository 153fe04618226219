"""The commonest failures and what helps: one file per family, one function per failure."""
