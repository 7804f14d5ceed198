"""The pages, and how a site is made of them."""
