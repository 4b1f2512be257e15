"""A folder's list of documents, and what it says; for the tests of the history."""

import samples
from textual.widgets import Static

from tui.screens.history import HistoryScreen
from tui.settings import Settings
from tui.widgets.history_table import HistoryTable


def app_of(folder, **settings):
    return samples.StandIn(HistoryScreen(), Settings(folder=folder, **settings))


def folder_of(tmp_path):
    """Newest first: broken, third, second, first, 2020."""
    return samples.folder_of_all(tmp_path / "results")


def told(app):
    return str(app.screen.query_one("#history-detail", Static).render())


def titled(app):
    return str(app.screen.query_one("#history-title", Static).render())


def titles(app):
    return [entry.title for entry in app.screen.query_one(HistoryTable)._shown]
