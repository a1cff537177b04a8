"""Is a formula worked out on paper the gradient?  And if not, what is wrong with it?"""
