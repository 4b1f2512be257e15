"""What stands below a table of factors."""

import msgspec
from sample_documents import cell, small

from benchcore.report.tables import factor_tables


def test_rows_that_are_alike_share_a_sentence():
    cells = [cell(1, flags=["slow_core"]), cell(4, flags=["slow_core", "not_converged"])]
    (table,) = factor_tables(msgspec.structs.replace(small(), cells=cells))
    assert [line for line in table.remarks if "slow" in line or "not" in line] == [
        "Batch 1, 4: slow core.",
        "Batch 4: not converged.",
    ]
