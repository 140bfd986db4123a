"""Paper trading, pure: orders, fills, accounts, risk and the rules of the ledger."""
