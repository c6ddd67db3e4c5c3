package store

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFormatID(t *testing.T) {
	for id, want := range map[int64]string{
		0:         "0000000000000",
		31:        "000000000000z",
		32:        "0000000000010",
		idMax:     "7zzzzzzzzzzzz",
		1<<22 | 1: "0000000040001",
	} {
		if got := formatID(id); got != want {
			t.Errorf("formatID(%d) = %q, want %q", id, got, want)
		}
		if got, ok := parseID(want); !ok || got != id {
			t.Errorf("parseID(%q) = %d, %v", want, got, ok)
		}
	}
}

// Text sorts as the numbers do, and every prefix of an id has it in its range,
// at the edges exactly.
func TestIDRange(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var ids []int64
	for range 1000 {
		ids = append(ids, random.Int64()>>random.IntN(60))
	}
	slices.Sort(ids)
	var texts []string
	for _, id := range ids {
		text := formatID(id)
		texts = append(texts, text)
		for n := 1; n <= idLen; n++ {
			low, high, ok := idRange(text[:n])
			if !ok || id < low || id > high {
				t.Fatalf("idRange(%q) = %d, %d, %v misses %d", text[:n], low, high, ok, id)
			}
			if !strings.HasPrefix(formatID(low), text[:n]) || !strings.HasPrefix(formatID(high), text[:n]) {
				t.Errorf("idRange(%q) is too wide", text[:n])
			}
			if low > 0 && strings.HasPrefix(formatID(low-1), text[:n]) || high < idMax && strings.HasPrefix(formatID(high+1), text[:n]) {
				t.Errorf("idRange(%q) is too narrow", text[:n])
			}
		}
	}
	if !slices.IsSorted(texts) {
		t.Error("texts do not sort as their numbers do")
	}
}

func TestIDRangeRefuses(t *testing.T) {
	for _, text := range []string{"", "8", "zzz", "0u", "0-", "0 ", "ü", "00000000000000"} {
		if _, _, ok := idRange(text); ok {
			t.Errorf("idRange(%q) is one", text)
		}
	}
	low, _, ok := idRange("0OoIlLaA")
	want, _, _ := idRange("000111aa")
	if !ok || low != want {
		t.Error("Crockford's look-alikes are not read as digits")
	}
}

func TestFirstID(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)
	if got := idTime(firstID(at)); !got.Equal(at) {
		t.Errorf("%v became %v", at, got)
	}
	if got := firstID(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)); got != 0 {
		t.Errorf("before the epoch: %d", got)
	}
	if got := firstID(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)); got != idMax {
		t.Errorf("after the last: %d", got)
	}
}

// FuzzRef states what the beginning of an ID stands for: a range that holds all that
// begin so, and nothing else; and that a whole ID is that one.
func FuzzRef(f *testing.F) {
	for _, seed := range []string{"", "0", "7zzzzzzzzzzzz", "8", "last", "~1", "~", "~99999999999999999999", "~-1", "01HX", "o0I1l", "u", "00000000000000"} {
		f.Add(seed, int64(1))
	}
	f.Fuzz(func(t *testing.T, text string, id int64) {
		if n, ok := parsePlace(text); ok && (n < 0 || text != "" && !strings.HasPrefix(text, "~")) {
			t.Errorf("last%s is %d", text, n)
		}
		low, high, ok := idRange(text)
		if !ok {
			return
		}
		if low > high || low < 0 {
			t.Fatalf("%q is %d to %d", text, low, high)
		}
		plain := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
		for _, id := range []int64{low, high, id & idMax, low + (id&idMax)%(high-low+1)} {
			if within := low <= id && id <= high; within != strings.HasPrefix(formatID(id), plain) {
				t.Errorf("%q is %s to %s: %s among them is %v", text, formatID(low), formatID(high), formatID(id), within)
			}
		}
		if whole, ok := parseID(text); ok && formatID(whole) != plain {
			t.Errorf("%q is %s", text, formatID(whole))
		}
	})
}
