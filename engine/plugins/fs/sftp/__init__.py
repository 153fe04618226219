"""Files of a server reached by SFTP."""
