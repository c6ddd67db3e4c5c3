-- A registered endpoint: its settings, and what became of its deliveries.
CREATE TABLE endpoints (
	id              INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: another process may still hold one
	name            TEXT NOT NULL UNIQUE,              -- in lower case
	sum             INTEGER NOT NULL,                  -- CRC-32C of the settings and the id
	data            BLOB NOT NULL,                     -- the settings
	enabled         INTEGER NOT NULL,
	paused_at       INTEGER,                           -- nanoseconds since 1970, as all times here; NULL: it is not
	paused_why      TEXT NOT NULL DEFAULT '',
	failing         INTEGER NOT NULL DEFAULT 0,        -- failures in a row that count towards pausing
	events          INTEGER NOT NULL DEFAULT 0,
	triggers        INTEGER NOT NULL DEFAULT 0,        -- attempts, and the number of the last one
	successes       INTEGER NOT NULL DEFAULT 0,
	failures        INTEGER NOT NULL DEFAULT 0,
	failures_since  INTEGER NOT NULL DEFAULT 0,        -- since the last success
	last_event      INTEGER,                           -- when
	last_success    INTEGER NOT NULL DEFAULT 0,        -- the attempt's number; 0: none yet
	last_success_at INTEGER,
	last_failure    INTEGER NOT NULL DEFAULT 0,
	last_failure_at INTEGER
) STRICT;

-- The signing secrets of an endpoint: the current one, and earlier ones that
-- are valid for a while longer.
CREATE TABLE endpoint_secrets (
	endpoint    INTEGER NOT NULL,
	added_at    INTEGER NOT NULL,
	valid_until INTEGER,                               -- NULL: the current one
	sum         INTEGER NOT NULL,
	value       BLOB NOT NULL
) STRICT;

CREATE INDEX endpoint_secrets_endpoint ON endpoint_secrets (endpoint);

-- An attempt to deliver something to an endpoint. The row is there before the
-- request leaves.
CREATE TABLE endpoint_attempts (
	endpoint INTEGER NOT NULL,
	number   INTEGER NOT NULL,                         -- counts the endpoint's attempts from 1
	delivery INTEGER NOT NULL,                         -- the number of the first attempt of its delivery
	at       INTEGER NOT NULL,                         -- when it began
	outcome  INTEGER NOT NULL,                         -- 0 not known, 1 success, 2 failure, 3 interrupted
	next_at  INTEGER,                                  -- when its delivery's next attempt is due; NULL: none is
	size     INTEGER NOT NULL,                         -- bytes of data and the request's body
	body     BLOB,                                     -- whose content endpoint_bodies has; NULL: none
	sum      INTEGER NOT NULL,
	data     BLOB NOT NULL                             -- the request without its body, and what became of it
) STRICT;

CREATE UNIQUE INDEX endpoint_attempts_number ON endpoint_attempts (endpoint, number);
CREATE INDEX endpoint_attempts_next ON endpoint_attempts (endpoint, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX endpoint_attempts_body ON endpoint_attempts (body) WHERE body IS NOT NULL;

-- The bodies of requests, each once: retries and other endpoints share them.
CREATE TABLE endpoint_bodies (
	hash BLOB PRIMARY KEY,                             -- SHA-256
	body BLOB NOT NULL
) STRICT;
