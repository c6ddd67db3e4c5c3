package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// closed makes a store of n deliveries and returns them and the database's bytes.
func closed(t *testing.T, dir string, n int) ([]*webhook.Delivery, []byte) {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{BodyFile: 2000})
	if err != nil {
		t.Fatal(err)
	}
	var kept []*webhook.Delivery
	for i := range n {
		d := sample()
		d.MessageID = fmt.Sprintf("msg-%03d", i)
		d.Body = fmt.Appendf(nil, "body-%03d %s", i, strings.Repeat("abc", i*20))
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, d)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	return kept, image
}

func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// One changed byte costs the record it is in, which is named; the others are
// shown as they were.
func TestDamagedRecord(t *testing.T) {
	dir := t.TempDir()
	kept, image := closed(t, dir, 80)
	for _, marker := range []string{"body-020", "msg-030"} {
		changed := bytes.Clone(image)
		changed[bytes.Index(changed, []byte(marker))] ^= 1
		put(t, filepath.Join(dir, databaseName), changed)
		damagedIs(t, dir, kept, marker[len(marker)-2:])
	}
	put(t, filepath.Join(dir, databaseName), image)

	s := open(t, dir, Options{})
	r, err := s.row(t.Context(), mustID(t, kept[70].ID))
	if err != nil || r.file == "" {
		t.Fatalf("no file for a large body: %+v, %v", r, err)
	}
	name := filepath.Join(s.bodies.dir, r.file)
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, harm := range map[string]func(){
		"changed":   func() { body[0] ^= 1; put(t, name, body); body[0] ^= 1 },
		"cut short": func() { put(t, name, body[:len(body)-1]) },
		"longer":    func() { put(t, name, append(bytes.Clone(body), 'x')) },
		"gone": func() {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		},
	} {
		harm()
		t.Run("a body's file "+what, func(t *testing.T) { damagedIs(t, dir, kept, "70") })
	}
}

func mustID(t *testing.T, text string) int64 {
	t.Helper()
	id, ok := parseID(text)
	if !ok {
		t.Fatalf("%q is no id", text)
	}
	return id
}

// damagedIs wants all of kept but one, which is to be named.
func damagedIs(t *testing.T, dir string, kept []*webhook.Delivery, number string) {
	t.Helper()
	s, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	i := 0
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		want := kept[i]
		i++
		if !strings.HasSuffix(want.MessageID, number) {
			if err != nil {
				t.Errorf("%s: %v", want.MessageID, err)
			} else if text := diff(want, d); text != "" {
				t.Error(text)
			}
			continue
		}
		var damaged *DamagedError
		if !errors.As(err, &damaged) || damaged.ID != want.ID {
			t.Errorf("%s: got %v, %v", want.MessageID, d, err)
		}
		if _, err := s.Get(t.Context(), want.ID); !errors.As(err, &damaged) {
			t.Errorf("get: %v", err)
		}
	}
	if i != len(kept) {
		t.Errorf("%d of %d are listed", i, len(kept))
	}
}

// Whatever byte of the file is changed: what is shown is what was kept, and
// reading ends.
func TestDamageAnywhere(t *testing.T) {
	dir := t.TempDir()
	kept, image := closed(t, dir, 80)
	byID := map[string]*webhook.Delivery{}
	for _, d := range kept {
		byID[d.ID] = d
	}
	random := rand.New(rand.NewPCG(5, 6))
	named := 0
	for range 100 {
		changed := bytes.Clone(image)
		changed[random.IntN(len(changed))] ^= byte(1 + random.IntN(255))
		put(t, filepath.Join(dir, databaseName), changed)
		s, err := OpenReader(t.Context(), dir)
		if err != nil {
			named++
			continue
		}
		for _, oldest := range []bool{true, false} {
			for d, err := range s.List(t.Context(), Query{OldestFirst: oldest}) {
				if err != nil {
					named++
				} else if text := diff(byID[d.ID], d); text != "" {
					t.Fatalf("shown as good: %s", text)
				}
			}
		}
		if _, err := s.Prune(t.Context(), Limits{Bytes: 1, DryRun: true}); err != nil {
			named++
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if named == 0 {
		t.Error("no damage was ever seen")
	}
}

// Ids that are not in order end a listing, which could go round for ever.
func TestDisorder(t *testing.T) {
	dir := t.TempDir()
	kept, image := closed(t, dir, 80)
	last := len(kept) - chunkRows // where the first chunk, newest first, ends
	id := rowid(mustID(t, kept[last].ID))
	changed := bytes.ReplaceAll(image, id, rowid(mustID(t, kept[79].ID)+1))
	if bytes.Equal(changed, image) {
		t.Fatal("the id is not found in the file")
	}
	put(t, filepath.Join(dir, databaseName), changed)
	s, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	var end error
	for _, end = range s.List(t.Context(), Query{}) {
		if n++; n > 1000 {
			t.Fatal("the listing does not end")
		}
	}
	var corrupt *CorruptError
	if !errors.As(end, &corrupt) {
		t.Errorf("it ended after %d with %v", n, end)
	}
}

// rowid is a large id as the file has it. https://www.sqlite.org/fileformat2.html#varint
func rowid(id int64) []byte {
	b := make([]byte, 9)
	b[8] = byte(id)
	for i, rest := 7, id>>8; i >= 0; i, rest = i-1, rest>>7 {
		b[i] = byte(rest) | 0x80
	}
	return b
}

// A reader changes nothing, and says what is wrong.
func TestReaderOfNoDatabase(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, databaseName)
	put(t, name, bytes.Repeat([]byte("no database "), 1000))
	var corrupt *CorruptError
	if _, err := OpenReader(t.Context(), dir); !errors.As(err, &corrupt) || corrupt.Path != name {
		t.Errorf("open for reading: %v", err)
	}
	if data, err := os.ReadFile(name); err != nil || len(data) != 12000 {
		t.Error("the file was changed")
	}
}

// A database that is another program's, and sound, stays where it is.
func TestForeignDatabase(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, databaseName)
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE deliveries (parcel TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if s, err := Open(t.Context(), dir, Options{}); !errors.As(err, &corrupt) || !corrupt.Foreign {
		t.Errorf("open: %v, %v", s, err)
	}
	after, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}
