package cmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// settleArgs takes the address from the arguments, and the second target of
// --compare, which may stand behind the first as --compare A B.
func (opts *listenOptions) settleArgs(args []string) error {
	if len(opts.Compare) == 1 && len(args) > 0 {
		last := len(args) - 1
		opts.Compare, args = append(opts.Compare, args[last]), args[:last]
	}
	switch {
	case len(opts.Compare) != 0 && len(opts.Compare) != 2:
		return usageError(fmt.Errorf("--compare takes two targets, and there are %d", len(opts.Compare)), "whk listen --compare localhost:3000 localhost:3001")
	case len(args) > 1:
		return usageError(fmt.Errorf("listen takes one address, and there are %d arguments", len(args)), "whk listen :8080")
	case len(args) == 1:
		opts.Address = args[0]
	}
	return nil
}

// comparison compares the answers of two targets. Its methods do nothing on
// nil.
type comparison struct {
	view    *listenView
	targets [2]int // among the forwarder's

	mu        sync.Mutex
	first     map[string]answered // by delivery
	order     []string            // of first
	compared  int
	different int
}

// answered is what is remembered of an answer.
type answered struct {
	target int
	url    string
	status int
	class  string
	kind   string // its content type
	sum    [sha256.Size]byte
	size   int64
}

// mostFirst bounds how many answers wait for their counterpart.
const mostFirst = 10_000

// newComparison compares the last two targets.
func newComparison(v *listenView, targets int) *comparison {
	return &comparison{view: v, targets: [2]int{targets - 2, targets - 1}, first: map[string]answered{}}
}

// note takes a target's final answer.
func (c *comparison) note(f forwarded) {
	if c != nil && f.Target < 0 {
		f.Target = 0 // who answers the sender is the first
	}
	if c == nil || f.Again || !slices.Contains(c.targets[:], f.Target) {
		return
	}
	a := answerOf(f)
	c.mu.Lock()
	other, ok := c.first[f.ID]
	switch {
	case !ok:
		c.wait(f.ID, a)
	case other.target != a.target:
		delete(c.first, f.ID)
	}
	c.mu.Unlock()
	if !ok || other.target == a.target {
		return
	}
	if other.target > a.target {
		other, a = a, other
	}
	c.judge(f.ID, other, a)
}

// wait remembers an answer until the other target's is there. c.mu is held.
func (c *comparison) wait(id string, a answered) {
	c.first[id] = a
	c.order = append(c.order, id)
	if len(c.order) > mostFirst {
		delete(c.first, c.order[0])
		c.order = c.order[1:]
	}
}

func answerOf(f forwarded) answered {
	a := answered{target: f.Target, url: f.Result.URL, status: f.Result.Status, class: f.Result.Error, size: f.Attempt.BodySize}
	a.kind, _, _ = strings.Cut(f.Attempt.Header.Get("Content-Type"), ";")
	a.kind = strings.ToLower(strings.TrimSpace(a.kind))
	a.sum = sha256.Sum256(comparable(f.Attempt.Body))
	return a
}

// comparable is an answer's body without what does not matter in JSON: the
// order of members, and blanks.
func comparable(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil || decoder.More() {
		return body
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return plain
}

// judge reports a difference.
func (c *comparison) judge(id string, a, b answered) {
	found := differences(a, b)
	c.mu.Lock()
	c.compared++
	if len(found) > 0 {
		c.different++
	}
	c.mu.Unlock()
	if len(found) > 0 {
		a.url, b.url = c.view.redactor.URL(a.url), c.view.redactor.URL(b.url)
		c.view.out.differ(id, found, a, b)
	}
}

// differences are in words, the first target's value before the second's.
func differences(a, b answered) (list []string) {
	outcome := func(a answered) string {
		if a.class != "" {
			return a.class
		}
		return fmt.Sprint(a.status)
	}
	if x, y := outcome(a), outcome(b); x != y {
		list = append(list, fmt.Sprintf("status %s and %s", x, y))
	}
	if a.class != "" || b.class != "" {
		return list
	}
	if a.kind != b.kind {
		list = append(list, fmt.Sprintf("content type %q and %q", a.kind, b.kind))
	}
	if a.sum != b.sum {
		list = append(list, fmt.Sprintf("bodies of %d and %d bytes", a.size, b.size))
	}
	return list
}

// end sums up.
func (c *comparison) end() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view.say(fmt.Sprintf("%s compared, %d with different answers", deliveriesText(c.compared), c.different))
	if n := len(c.first); n > 0 {
		c.view.say(fmt.Sprintf("%s answered by one target only", deliveriesText(n)))
	}
}
