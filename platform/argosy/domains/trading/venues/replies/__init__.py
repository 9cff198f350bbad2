"""Reading what venues and other people's clients answer: fields, fees, totals."""
