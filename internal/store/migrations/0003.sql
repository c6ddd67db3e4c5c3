-- Where listeners pass deliveries on to.
CREATE TABLE forward_routes (
	id     INTEGER PRIMARY KEY AUTOINCREMENT,
	owner  TEXT NOT NULL,               -- the listener's address
	target TEXT NOT NULL,               -- as it was given
	UNIQUE (owner, target)
) STRICT;

-- A delivery that is still to be passed on, since the moment it was kept. The
-- row goes when what became of it is an outcome.
CREATE TABLE forwards (
	seq      INTEGER PRIMARY KEY,
	delivery INTEGER NOT NULL,
	route    INTEGER NOT NULL,
	due      INTEGER NOT NULL DEFAULT 0, -- nanoseconds since 1970; 0 is at once
	attempts INTEGER NOT NULL DEFAULT 0, -- that were made
	failures INTEGER NOT NULL DEFAULT 0  -- of these, by the rules of its provider
) STRICT;
