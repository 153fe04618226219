"""Files of a server reached by FTP over TLS."""
