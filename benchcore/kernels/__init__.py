"""Why one contender is slower: what ran in an iteration, by class, and the gap between two."""
