//go:build linux || darwin

package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/signal"
	"syscall"
	"testing"
)

// A disk that takes no more is an error to who asks, and no more than that: when
// there is room again, the same store goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "limit", dir).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := open(t, dir, Options{})
	var got []string
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if text := diff(sent(t, d), d); text != "" {
			t.Error(text)
		}
		got = append(got, d.MessageID)
	}
	if text := fmt.Sprint(got); text != "[run-1 run-2 run-5]" {
		t.Errorf("kept: %s", text)
	}
}

// writeUnderLimit is the child: it keeps deliveries while its files may not
// grow, and again when they may.
func writeUnderLimit(dir string, _ []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(context.Background(), dir, Options{BodyFile: 1 << 30})
	if err != nil {
		return err
	}
	keep := func(n int) error { return s.Keep(context.Background(), numbered("run", n)) }
	if err := errors.Join(keep(1), keep(2)); err != nil {
		return err
	}
	if err := limitFiles(1000); err != nil { // less than a page
		return err
	}
	for n := 3; n <= 4; n++ {
		if keep(n) == nil {
			return fmt.Errorf("delivery %d was acknowledged without room for it", n)
		}
	}
	if err := limitFiles(math.MaxInt64); err != nil {
		return err
	}
	if err := keep(5); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	return s.Close()
}

func limitFiles(size uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = min(size, limit.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}
