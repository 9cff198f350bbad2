"""Reading of replies from venues and foreign clients: fields, fees, totals."""
