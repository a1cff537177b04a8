"""Can a line separate these points?"""
