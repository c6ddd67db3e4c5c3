package expectation

import (
	"fmt"
	"slices"

	"github.com/whk-cli/whk/internal/near"
)

// Arrival is a delivery that came.
type Arrival struct {
	ID      string                    // the capture's
	Event   string                    // "" when it is not known
	Message string                    // tells messages apart; the same for each attempt at one
	Against string                    // why it does not count; "" when it does
	Fits    func(pattern string) bool // whether its event type is one of the pattern's
}

// Near is a delivery that fits an expectation and does not count.
type Near struct {
	ID, Event, Why string
}

// Counted is how many messages of an event type came.
type Counted struct {
	Event string
	Count int
}

// Item is what became of one expectation.
type Item struct {
	Expectation
	Met   bool
	Came  int      // messages that count
	IDs   []string // of their first deliveries, the first of them
	Near  []Near   // the first of them
	Nears int      // all of them
	Meant []string // event types that came instead, with names that come near
}

// Result is how things stand.
type Result struct {
	Met        bool
	Items      []Item    // in the order of the expectations
	Unexpected []Counted // in the order in which they came first
	Disorder   string    // what came before its turn, in words; "" when nothing did
}

// What is remembered of a kind of thing, for the report.
const (
	maxIDs   = 10
	maxNear  = 5
	maxNames = 100
)

// Checker counts deliveries against expectations. It is for one goroutine at a
// time.
type Checker struct {
	items    []Item
	ordered  bool
	seen     *memory // of messages of which a delivery counted
	others   []Counted
	came     []string // event types
	disorder string
}

// NewChecker makes a checker. With ordered, the expectations are to be met in
// their order: nothing may come that only a later one than the next is for.
func NewChecker(expectations []Expectation, ordered bool) *Checker {
	c := &Checker{ordered: ordered, seen: newMemory()}
	for _, e := range expectations {
		c.items = append(c.items, Item{Expectation: e})
	}
	return c
}

// Add takes a delivery. Only the first one of a message counts.
func (c *Checker) Add(a Arrival) {
	if a.Against == "" {
		if first, again := c.seen.knows(a.Message); again {
			a.Against = "the same message as " + first
		}
	}
	c.name(a.Event)
	var fitting []*Item
	for i := range c.items {
		if a.Fits(c.items[i].Pattern) {
			fitting = append(fitting, &c.items[i])
		}
	}
	if a.Against != "" {
		for _, item := range fitting {
			item.miss(a)
		}
		return
	}
	if len(fitting) == 0 {
		c.unexpected(a.Event)
	} else if c.ordered {
		fitting = c.inTurn(a, fitting)
	}
	c.seen.add(a.Message, a.ID, slices.ContainsFunc(fitting, (*Item).undecided))
	for _, item := range fitting {
		item.count(a)
	}
}

func (i *Item) count(a Arrival) {
	i.Came++
	if len(i.IDs) < maxIDs {
		i.IDs = append(i.IDs, a.ID)
	}
}

func (i *Item) miss(a Arrival) {
	if i.Nears++; len(i.Near) < maxNear {
		i.Near = append(i.Near, Near{a.ID, a.Event, a.Against})
	}
}

// inTurn picks the expectations that a delivery counts for when the order
// matters: the next one, else the last that is already met. A delivery that
// fits only a later one came too early. Expectations of none have no place in
// the order.
func (c *Checker) inTurn(a Arrival, fitting []*Item) []*Item {
	next := c.next()
	var turn, done, early *Item
	var picked []*Item
	for _, item := range fitting {
		switch {
		case item.Count == 0:
			picked = append(picked, item)
		case item == next:
			turn = item
		case item.Came >= item.Count:
			done = item
		case early == nil:
			early = item
		}
	}
	switch {
	case turn != nil:
		return append(picked, turn)
	case done != nil:
		return append(picked, done)
	case early == nil:
		return picked
	}
	if c.disorder == "" {
		c.disorder = fmt.Sprintf("%s (%s) came before %s", a.Event, a.ID, next.Text)
	}
	a.Against = "it came before " + next.Text
	early.miss(a)
	return picked
}

// next is the first expectation that lacks something; nil when none does.
func (c *Checker) next() *Item {
	for i := range c.items {
		if item := &c.items[i]; item.Came < item.Count {
			return item
		}
	}
	return nil
}

func (c *Checker) unexpected(event string) {
	for i := range c.others {
		if c.others[i].Event == event {
			c.others[i].Count++
			return
		}
	}
	if len(c.others) < maxNames {
		c.others = append(c.others, Counted{event, 1})
	}
}

func (c *Checker) name(event string) {
	if slices.Contains(c.came, event) {
		return
	}
	if event != "" && len(c.came) < maxNames {
		c.came = append(c.came, event)
	}
}

// Certain reports whether nothing that may still come changes the outcome.
func (c *Checker) Certain() bool {
	if c.disorder != "" {
		return true
	}
	certain := true
	for i := range c.items {
		item := &c.items[i]
		if item.Exactly && item.Came > item.Count {
			return true
		}
		certain = certain && item.met() && !item.open()
	}
	return certain
}

func (i *Item) met() bool {
	if i.Exactly {
		return i.Came == i.Count
	}
	return i.Came >= i.Count
}

// undecided reports whether another message would change how i ends.
func (i *Item) undecided() bool {
	return i.Came < i.Count || i.Exactly && i.Came == i.Count
}

// Result is how things stand if nothing more comes.
func (c *Checker) Result() Result {
	r := Result{Met: c.disorder == "", Disorder: c.disorder, Unexpected: c.others}
	for _, item := range c.items {
		item.Met = item.met()
		if item.Came == 0 && item.Count > 0 && item.Nears == 0 {
			item.Meant = near.Names(item.Pattern, c.came)
		}
		r.Met = r.Met && item.Met
		r.Items = append(r.Items, item)
	}
	return r
}
