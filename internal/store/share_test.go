package store

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"testing"
)

// Two processes write to one store while a third lists and prunes it: nothing
// that either was told is lost, but for what was pruned, and no id is given twice.
func TestShare(t *testing.T) {
	dir := t.TempDir()
	const each = 1500
	s := open(t, dir, Options{})
	var writers []*exec.Cmd
	var outs []io.Reader
	for i := range 2 {
		c := child(t, "write", dir, fmt.Sprint("run", i), fmt.Sprint(each))
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		writers, outs = append(writers, c), append(outs, out)
	}
	acknowledged := map[string]string{}
	said := make(chan string, 64)
	for _, out := range outs {
		go func() {
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				said <- lines.Text()
			}
			said <- ""
		}()
	}
	removed := 0
	for ended := 0; ended < 2; {
		line := <-said
		if line == "" {
			ended++
			continue
		}
		var id, message string
		if _, err := fmt.Sscan(line, &id, &message); err != nil {
			t.Fatal(err)
		}
		if acknowledged[id] != "" {
			t.Errorf("%s was given to %s and to %s", id, acknowledged[id], message)
		}
		acknowledged[id] = message
		if len(acknowledged)%200 == 0 {
			compareSome(t, s)
			p, err := s.Prune(t.Context(), Limits{Count: 500})
			if err != nil {
				t.Fatal(err)
			}
			removed += p.Deliveries
		}
	}
	for _, c := range writers {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	left := list(t, s, Query{})
	if len(acknowledged) != 2*each || removed+len(left) != 2*each || removed == 0 {
		t.Errorf("%d acknowledged, %d pruned, %d left", len(acknowledged), removed, len(left))
	}
	for _, id := range left {
		delete(acknowledged, id)
	}
	if len(acknowledged) != removed {
		t.Errorf("%d are gone, %d were pruned", len(acknowledged), removed)
	}
	compareSome(t, s)
}

// compareSome holds what is listed against what can only have been sent.
func compareSome(t *testing.T, s *Store) {
	t.Helper()
	for d, err := range s.List(t.Context(), Query{Limit: 200}) {
		if err != nil {
			t.Fatal(err)
		}
		if text := diff(sent(t, d), d); text != "" {
			t.Fatal(text)
		}
	}
}
