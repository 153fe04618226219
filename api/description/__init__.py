"""The description of the interface (OpenAPI): what routes read and answer, as tables, in one document.

Routes read queries and bodies as they come, in many forms; what they read is written down here.
"""

from api.description.document import described

__all__ = ["described"]
