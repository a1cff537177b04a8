"""Is a gradient right?  The rule against differences."""
