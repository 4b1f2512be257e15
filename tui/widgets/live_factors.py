"""The factor table of a run: it fills, and its cursor goes with the current cell."""

from tui.factor_sheet import live_sheet
from tui.live import LiveRun
from tui.widgets.table_view import TableView


class LiveFactors(TableView):
    """Follows a LiveRun, until the user moves the cursor."""

    _followed: object = None

    def follow(self, live: LiveRun) -> None:
        """Show what there is; nothing is computed for a hidden table."""
        if not self.display or live.plan is None:
            return
        plan = live.plan
        self.show(live_sheet(live.cells, plan.reference, plan.contenders, over=live.over))
        cell = live.current
        if cell is None or (self._followed is not None and self.key != self._followed):
            return
        place = (cell.spec.network, cell.spec.mode, cell.spec.batch)
        for row in self.sheet.rows:
            if isinstance(row.key, tuple) and row.key[:3] == place:
                self.go_to(row.key)
                self._followed = row.key
                return
