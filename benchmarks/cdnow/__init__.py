"""The whole loop on real orders: `make demo-cdnow`.

The CDNOW purchase history becomes a shop: imported through the real importer, its lapsed customers enrolled, texted
through the real Twilio client at the stand-in, answering by signed webhooks. Only time and the customers' words are made
up. `source` writes the files, `shop` the shop around them, `script` who says what and what must follow, `play` lets
the weeks pass, `expect` compares, `audit` counts once more from the stand-in's own record.
"""
