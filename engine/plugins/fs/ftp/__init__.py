"""Files of a server reached by FTP."""
