"""Parts of simulated accounts: fills against observed books."""
