-- A captured delivery. The id is also its place in time, so the newest rows
-- stand together at the end of the table.
CREATE TABLE deliveries (
	id          INTEGER PRIMARY KEY, -- milliseconds since 2024, then 22 bits that make it unique
	received_at INTEGER NOT NULL,    -- nanoseconds since 1970, UTC
	verdict     INTEGER NOT NULL,    -- 0 none, 1 authentic, 2 not authentic, 3 unverified
	size        INTEGER NOT NULL,    -- bytes of the body
	sum         INTEGER NOT NULL,    -- CRC-32C of the whole record
	provider    TEXT NOT NULL,
	event       TEXT NOT NULL,
	message_id  TEXT NOT NULL,
	file        TEXT,                -- where a large body lies; else NULL
	data        BLOB NOT NULL        -- the head, and after it the body unless it has a file
) STRICT;

CREATE UNIQUE INDEX deliveries_file ON deliveries (file) WHERE file IS NOT NULL;

-- What happened to a delivery after it was kept.
CREATE TABLE outcomes (
	seq      INTEGER PRIMARY KEY,
	delivery INTEGER NOT NULL,
	kind     INTEGER NOT NULL,       -- 1 a forward, 2 the answer to the sender
	sum      INTEGER NOT NULL,
	data     BLOB NOT NULL
) STRICT;

CREATE INDEX outcomes_delivery ON outcomes (delivery);

-- The highest id that was ever given: ids stay unique when the rows are gone.
CREATE TABLE last_id (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	id  INTEGER NOT NULL,
	lead INTEGER NOT NULL -- milliseconds: the most that a receipt's time lies beyond its id's
) STRICT;

INSERT INTO last_id VALUES (1, 0, 0);
