"""The seeded market simulator. Everything in it is a function of seed and time: nothing has to be remembered."""
