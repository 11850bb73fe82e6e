"""What a network costs, as a table, as data, as CSV and as a page.

One multiply-add (MAC) is counted for each product that is added up; weights and biases are counted
apart; what a pool leaves out is said.
"""

from pathlib import Path
from tempfile import mkdtemp

import konv

model = konv.Model.from_network(konv.named_network("tutorial-120x60").network)
model.summary()

report = model.report()
totals = report.totals
print(f"\n{totals.weights:,} weights and {totals.biases:,} biases; {totals.macs:,} multiply-adds")
largest = max(report.rows, key=lambda row: row.parameters)
share = largest.parameters / totals.parameters
print(f"{largest.name} alone holds {share:.0%} of the parameters")
for row in report.rows:
    if any(row.dropped):
        print(f"{row.name} leaves out {row.dropped[0]} rows and {row.dropped[1]} columns")

folder = Path(mkdtemp(prefix="konv-"))
(folder / "layers.csv").write_text(report.to_csv(), "utf-8")
(folder / "page.html").write_text(report.to_html(page=True), "utf-8")
print(f"\nwritten: {folder / 'layers.csv'}, {folder / 'page.html'}")
print("the first line of the CSV:", report.to_csv().splitlines()[0])
