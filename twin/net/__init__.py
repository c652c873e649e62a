"""Sources by URL. Nothing is fetched because a file says so, only because a person named it."""
