"""SQL tasks, one folder for each database."""
