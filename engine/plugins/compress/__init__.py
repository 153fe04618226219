"""Tasks that pack files and unpack them."""
