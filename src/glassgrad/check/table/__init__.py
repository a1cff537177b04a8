"""Can a printed table be true?"""
