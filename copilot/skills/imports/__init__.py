"""Import: crontabs, GitHub Actions workflows, Airflow files and newer flows become flows, by rule."""
