"""All built-in plugins: the path of a file is the type id of its class."""
