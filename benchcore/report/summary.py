"""What a document says, in sentences."""

from benchcore.report.tables import headline
from benchcore.result import Document


def sentences(document: Document) -> list[str]:
    """The sentences that a report begins with."""
    return headline(document)
