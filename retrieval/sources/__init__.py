"""Places documents come from: files, folders, pages, sites."""
