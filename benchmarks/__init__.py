"""What the README's figures are made with: `make bench` (`python -m benchmarks`).

Each file of rows measures one thing and gives its figures as `benchmarks.figures.Row`; `benchmarks.stack` starts real
servers for those that need them. Nothing here is imported by the product.
"""
