"""What a text can carry: coupons, filled carts, short links."""
