"""Why a network does what it does: drawings, and the arithmetic behind them."""
