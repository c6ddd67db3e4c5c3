package store

import (
	"path/filepath"
	"strings"
	"testing"
)

// What SQLite says of a disk becomes words with the file's name, and stays the
// cause.
func TestDiskErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "some.db")
	for pragma, want := range map[string]string{
		"PRAGMA max_page_count=2": path + ": no room is left on the disk",
		"PRAGMA query_only=1":     path + ": that disk can only be read",
	} {
		t.Run(pragma, func(t *testing.T) {
			if err := createFile(path); err != nil {
				t.Fatal(err)
			}
			c, err := dial(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer c.close()
			for _, text := range []string{"CREATE TABLE IF NOT EXISTS t (x)", pragma} {
				if _, err := c.exec(text); err != nil {
					t.Fatal(err)
				}
			}
			_, cause := c.exec("INSERT INTO t VALUES (randomblob(100000))")
			err = named(path, cause)
			if err == nil || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
			if code(err) == 0 || code(err) != code(cause) || !strings.HasPrefix(named(path, err).Error(), want) {
				t.Errorf("%v lost its cause, or is named twice", err)
			}
		})
	}
}
