"""How the pages that show results are made from the documents in docs/results/."""
