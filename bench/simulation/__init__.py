"""What one database and its workers hold: measured costs, a simulation fed with them, and the page."""
