"""A city on disk: a folder of mapped arrays and Arrow columns, in tiles, versioned and checksummed, complete or not there."""

from twin.city.store.cache import cached_city, key_of
from twin.city.store.reading import is_store, load_city, verify_store
from twin.city.store.writing import FORMAT, VERSION, save_city

__all__ = ["FORMAT", "VERSION", "cached_city", "is_store", "key_of", "load_city", "save_city", "verify_store"]
