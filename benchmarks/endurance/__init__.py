"""Long runs, for what a short test can't see: memory, descriptors, threads and their results."""
