"""`benchcore profile` as plain text of 80 columns: the factors, then where the time goes."""

from benchcore.report.profile_tables import tables
from benchcore.report.tables import factor_tables, headline
from benchcore.report.text import WIDTH, table_lines, wrapped
from benchcore.result import Document


def render(document: Document) -> str:
    """Headline, tables of factors, tables of the profiles, notes; ends in a newline."""
    parts = [wrapped(headline(document), WIDTH)]
    parts += [list(table_lines(table)) for table in (*factor_tables(document), *tables(document))]
    parts += [wrapped([f"Note: {note}"], WIDTH) for note in document.notes]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
