"""Tasks with files against servers on this machine."""

from tests.emulators.files import file_servers, files

__all__ = ["file_servers", "files"]
