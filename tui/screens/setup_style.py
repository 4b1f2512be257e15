"""How the setup screen is laid out at the sizes of a terminal."""

CSS = """SetupScreen #title {
    height: 1;
    padding: 0 1;
    background: $panel;
    text-style: bold;
}
SetupScreen #body {
    layout: grid;
    grid-size: 2;
    grid-columns: 1fr 1fr;
    grid-rows: 1fr;
    height: 1fr;
}
SetupScreen #left, SetupScreen #right { height: 100%; }
SetupScreen #takes {
    height: 1fr;
    border: round $primary;
    padding: 0 1;
}
SetupScreen #outlook { height: 1fr; scrollbar-size-vertical: 1; }
SetupScreen #start { width: 100%; height: 1; min-height: 1; border: none; }
SetupScreen ContenderList { height: 1fr; }
SetupScreen #cells { display: none; border: round $primary; height: 100%; }

SetupScreen.-tall #body { grid-size: 2 2; grid-rows: 25 1fr; }
SetupScreen.-tall #cells { display: block; column-span: 2; }
SetupScreen.-tall #start { height: 3; }

SetupScreen.-wide #body { grid-size: 3 1; grid-columns: 5fr 6fr 6fr; grid-rows: 1fr; }
SetupScreen.-wide #cells { display: block; column-span: 1; }
SetupScreen.-wide.-tall PlanForm Horizontal { margin-bottom: 1; }
SetupScreen.-ascii PlanForm, SetupScreen.-ascii #takes, SetupScreen.-ascii DevicePanel,
SetupScreen.-ascii ContenderList, SetupScreen.-ascii #cells { border: ascii $primary; }
SetupScreen.-ascii TickList { text-overflow: clip; }
"""
"""80x24: two columns. From 34 rows on: the cells below them. From 160 columns on: beside them."""
