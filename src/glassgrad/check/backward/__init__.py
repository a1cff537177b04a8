"""Is a backward pass right?  And if not, which mistake is it?"""
