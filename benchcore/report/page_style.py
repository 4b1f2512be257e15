"""The style sheet of the HTML page: readable on a phone, in light and in dark, and on paper."""

from benchcore.report import strip, svg
from benchcore.report.palette import THEME

LAYOUT = """\
:root{--under:var(--paper)}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--grid)}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
h4{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.4rem 0;max-width:46rem}
a{color:var(--link)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.summary{font-size:1.05rem}
.muted{color:var(--muted)}
.facts{display:grid;grid-template-columns:fit-content(40%) 1fr;gap:.15rem 1rem;margin:.75rem 0}
.facts dt{color:var(--muted)}
.facts dd{margin:0;min-width:0}
"""

TABLES = """\
.scroll{overflow-x:auto;margin:1rem 0 .25rem;max-width:100%;background:
linear-gradient(90deg,var(--under) 50%,transparent) 0/2rem 100% local no-repeat,
linear-gradient(270deg,var(--under) 50%,transparent) 100%/2rem 100% local no-repeat,
linear-gradient(90deg,var(--edge),transparent) 0/.8rem 100% scroll no-repeat,
linear-gradient(270deg,var(--edge),transparent) 100%/.8rem 100% scroll no-repeat}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding:.25rem 0}
caption span{display:inline-block;width:max-content;max-width:calc(100vw - 4rem);
position:sticky;left:0}
th,td{padding:.2rem .6rem;text-align:right;vertical-align:top;white-space:nowrap}
th{font-weight:600}
thead th{color:var(--muted);border-bottom:1px solid var(--grid)}
thead th[colspan]{text-align:center}
tbody tr+tr>*{border-top:1px solid var(--grid)}
tbody th{font-weight:400}
.word{text-align:left}
.keyed tr>:first-child{position:sticky;left:0;background:var(--under)}
@media (max-width:40rem){th,td{padding:.2rem .4rem}table{font-size:.9rem}}
.wide td,.wide th{white-space:normal;text-align:left;overflow-wrap:anywhere}
.wide th{overflow-wrap:break-word;color:var(--muted)}
.better,.worse,.wrong{font-weight:600}
.better{color:var(--better)}
.worse{color:var(--worse)}
.wrong{color:var(--wrong)}
.remarks{margin:.25rem 0;padding-left:1.2rem;color:var(--muted);font-size:.92rem;max-width:46rem}
"""

PARTS = """\
.charts{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))}
.charts svg{width:100%;max-width:30rem;height:auto;display:block}
figure{margin:.75rem 0}
figcaption{font-size:.92rem;color:var(--muted)}
details{border:1px solid var(--grid);border-radius:.4rem;margin:.5rem 0;padding:0 .9rem;
background:var(--panel);--under:var(--panel)}
summary{padding:.5rem 0;cursor:pointer}
summary h3{display:inline;margin:0}
details[open]{padding-bottom:.75rem}
blockquote{margin:.5rem 0;padding-left:.9rem;border-left:3px solid var(--grid)}
@media print{body{max-width:none}.scroll{overflow:visible}}
"""

STYLE = THEME + LAYOUT + TABLES + PARTS + svg.STYLE + strip.STYLE
