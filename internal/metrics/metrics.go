// Package metrics counts what a listener does and shows it in Prometheus' text
// format, over HTTP to this machine.
//
// It has what that needs and no more: counters and histograms that are cheap to
// add to from many goroutines, and gauges that are read when somebody asks. A
// label's values must come from a closed list of the caller's: what a stranger
// chooses would grow without end. As a safety net a counter has at most
// [MaxSeries] series; the rest is counted under "other".
//
// https://prometheus.io/docs/instrumenting/exposition_formats/
package metrics

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// MaxSeries is how many combinations of labels a counter tells apart.
const MaxSeries = 500

// Set is a listener's metrics in the order in which they were made. Make all of
// them before the first is shown.
type Set struct{ families []family }

type family interface {
	append(text []byte) []byte
}

type head struct{ name, help, kind string }

var helpEscape = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

func (s *Set) add(h head, labels []string, f family) {
	for _, name := range append([]string{h.name}, labels...) {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			panic(fmt.Sprintf("metrics: %q is no name", name))
		}
	}
	s.families = append(s.families, f)
}

// AppendText appends all metrics as they are now.
func (s *Set) AppendText(text []byte) []byte {
	for _, f := range s.families {
		text = f.append(text)
	}
	return text
}

func (h head) append(text []byte) []byte {
	text = fmt.Appendf(text, "# HELP %s %s\n", h.name, helpEscape.Replace(h.help))
	return fmt.Appendf(text, "# TYPE %s %s\n", h.name, h.kind)
}

// Counter only grows. A nil Counter counts nothing.
type Counter struct {
	head
	labels []string
	series sync.Map // of *atomic.Uint64, by the text of the labels
	mu     sync.Mutex
	count  int
}

// Counter adds a counter with these labels. Its name ends in _total.
func (s *Set) Counter(name, help string, labels ...string) *Counter {
	c := &Counter{head: head{name, help, "counter"}, labels: labels}
	s.add(c.head, labels, c)
	if len(labels) == 0 {
		c.Add(0)
	}
	return c
}

// Add adds n under a value for each label.
func (c *Counter) Add(n uint64, values ...string) {
	if c == nil {
		return
	}
	for _, value := range values {
		if !utf8.ValidString(value) {
			values = valid(values)
			break
		}
	}
	c.under(values).Add(n)
}

func valid(values []string) []string {
	values = slices.Clone(values)
	for i := range values {
		values[i] = strings.ToValidUTF8(values[i], "\ufffd")
	}
	return values
}

func (c *Counter) under(values []string) *atomic.Uint64 {
	key := strings.Join(values, "\xff")
	if known, ok := c.series.Load(key); ok {
		return known.(*atomic.Uint64)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.series.Load(key); ok {
		return known.(*atomic.Uint64)
	}
	if len(values) != len(c.labels) {
		panic(fmt.Sprintf("metrics: %s has %d labels, not %d", c.name, len(c.labels), len(values)))
	}
	if c.count >= MaxSeries {
		key = strings.Join(slices.Repeat([]string{"other"}, len(values)), "\xff")
	}
	known, found := c.series.LoadOrStore(key, new(atomic.Uint64))
	if !found {
		c.count++
	}
	return known.(*atomic.Uint64)
}

func (c *Counter) append(text []byte) []byte {
	text = c.head.append(text)
	var lines []string
	c.series.Range(func(key, value any) bool {
		line := appendLabels([]byte(c.name), c.labels, strings.Split(key.(string), "\xff"))
		line = append(strconv.AppendUint(append(line, ' '), value.(*atomic.Uint64).Load(), 10), '\n')
		lines = append(lines, string(line))
		return true
	})
	slices.Sort(lines)
	for _, line := range lines {
		text = append(text, line...)
	}
	return text
}

// appendLabels appends {name="value",…}, nothing where there are none.
func appendLabels(text []byte, names, values []string) []byte {
	if len(names) == 0 {
		return text
	}
	text = append(text, '{')
	for i, name := range names {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, name...), `="`...)
		text = append(appendValue(text, values[i]), '"')
	}
	return append(text, '}')
}

var valueEscape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func appendValue(text []byte, value string) []byte {
	return append(text, valueEscape.Replace(value)...)
}

// gauge goes up and down.
type gauge struct {
	head
	labels, values []string
	read           func() float64
}

// Gauge adds a value that is read when the metrics are shown. Labels are pairs of
// a name and its value.
func (s *Set) Gauge(name, help string, read func() float64, labels ...string) {
	g := &gauge{head: head{name, help, "gauge"}, read: read}
	for i := 0; i+1 < len(labels); i += 2 {
		g.labels, g.values = append(g.labels, labels[i]), append(g.values, labels[i+1])
	}
	s.add(g.head, g.labels, g)
}

func (g *gauge) append(text []byte) []byte {
	text = appendLabels(append(g.head.append(text), g.name...), g.labels, g.values)
	return append(appendFloat(append(text, ' '), g.read()), '\n')
}

func appendFloat(text []byte, f float64) []byte { return strconv.AppendFloat(text, f, 'g', -1, 64) }
