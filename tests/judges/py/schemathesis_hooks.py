"""How schemathesis sends a PDF: as the bytes that it made up."""

import schemathesis


@schemathesis.serializer("application/pdf")
def pdf(_, value):
    return value if isinstance(value, bytes) else str(value).encode()
