"""Models: one file each, found through the registry of `twin.models.base`."""
