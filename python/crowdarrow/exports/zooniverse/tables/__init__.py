"""The tables of Zooniverse's exports, and the vectorised steps that finish them."""
