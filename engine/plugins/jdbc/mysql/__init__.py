"""SQL on MySQL and MariaDB."""
