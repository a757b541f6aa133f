"""The forms of an answer in the papers' own words: sentences, rows and tables, comparisons, the library's records."""
