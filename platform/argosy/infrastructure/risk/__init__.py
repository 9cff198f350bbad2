"""Risk at run time: sane marks, limits that people change, and how much of them is used."""
