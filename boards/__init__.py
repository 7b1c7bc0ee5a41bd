"""One folder per board, and the contract that each of them fulfils (board.py)."""
