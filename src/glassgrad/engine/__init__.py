"""The plumbing under a tensor: how formulas are typed, changes in place, recorded steps, differences."""
