"""Files of the machine this service runs on."""
