package expectation

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want Expectation
		err  string
	}{
		{"invoice.paid", Expectation{"", "invoice.paid", 1, false}, ""},
		{"invoice.*=3", Expectation{"", "invoice.*", 3, false}, ""},
		{"invoice.paid=2!", Expectation{"", "invoice.paid", 2, true}, ""},
		{"invoice.paid=0!", Expectation{"", "invoice.paid", 0, true}, ""},
		{"!invoice.*", Expectation{"", "invoice.*", 0, true}, ""},
		{"orders/create", Expectation{"", "orders/create", 1, false}, ""},
		{"a=b=2", Expectation{"", "a=b", 2, false}, ""},
		{"", Expectation{}, "the event type is missing"},
		{"!", Expectation{}, "the event type is missing"},
		{"=2", Expectation{}, "the event type is missing"},
		{"a=", Expectation{}, `"" is not a number of messages`},
		{"a=two", Expectation{}, `"two" is not a number of messages`},
		{"a=-1", Expectation{}, `"-1" is not a number of messages`},
		{"a=0", Expectation{}, "at least 0 is nothing to expect; none is !EVENT"},
		{"!a=2", Expectation{}, "!EVENT is none already, and takes no number"},
		{"a=99999999999", Expectation{}, `"99999999999" is not a number of messages`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := Parse(tt.text)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			tt.want.Text = tt.text
			if got != tt.want || err != nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// arrive makes deliveries of words: EVENT, EVENT#MESSAGE for another attempt, or
// EVENT?WHY for what does not count.
func arrive(c *Checker, words string) {
	for n, word := range strings.Fields(words) {
		event, against, _ := strings.Cut(word, "?")
		event, message, again := strings.Cut(event, "#")
		if !again {
			message = fmt.Sprint("m", n)
		}
		c.Add(Arrival{ID: fmt.Sprint(n), Event: event, Message: message, Against: against, Fits: func(pattern string) bool {
			fits, _ := path.Match(pattern, event)
			return fits
		}})
	}
}

func checker(t *testing.T, ordered bool, texts string) *Checker {
	t.Helper()
	var list []Expectation
	for text := range strings.FieldsSeq(texts) {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return NewChecker(list, ordered)
}

// The outcome, and whether it is certain, after each delivery.
func TestChecker(t *testing.T) {
	const (
		open = "open" // not met, and may be
		good = "good" // certain
		bad  = "bad"  // certain
		hold = "hold" // met, and may not be at the end
	)
	tests := []struct {
		name, expect string
		ordered      bool
		came         string
		states       string // before anything, and after each
	}{
		{"one", "a", false, "b a", "open open good"},
		{"at least", "a=2", false, "a a a", "open open good good"},
		{"all of several", "a b", false, "b a", "open open good"},
		{"globs overlap", "a.* *.x", false, "a.x", "open good"},
		{"an attempt again", "a=2", false, "a#1 a#1 a#2", "open open open good"},
		{"what does not count", "a", false, "a?forged a", "open open good"},
		{"what did not count may come again", "a", false, "a#1?forged a#1", "open open good"},
		{"exactly", "a=2!", false, "a a a", "open open hold bad"},
		{"exactly with attempts", "a=1!", false, "a#1 a#1", "open hold hold"},
		{"none", "!a", false, "b a", "hold hold bad"},
		{"none, of what counts", "!a", false, "a?forged", "hold hold"},
		{"some and none", "a !b", false, "a b", "open hold bad"},
		{"in order", "a b", true, "a b", "open open good"},
		{"out of order", "a b", true, "b", "open bad"},
		{"others between", "a b", true, "x a x b", "open open open open good"},
		{"more of what was", "a b", true, "a a b", "open open open good"},
		{"the same twice", "a b a", true, "a b a", "open open open good"},
		{"the same twice, early", "a b a", true, "a a b a", "open open open open good"},
		{"order of numbers", "a=2 b", true, "a b", "open open bad"},
		{"order of globs", "a.* a.x", true, "a.x a.x", "open open good"},
		{"order and none", "a !x b", true, "a b x", "open open hold bad"},
		{"order and exactly", "a=1! b", true, "a b a", "open open hold bad"},
		{"order, of what counts", "a b", true, "b?forged a b", "open open open good"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := checker(t, tt.ordered, tt.expect)
			var states []string
			state := func() {
				switch met, certain := c.Result().Met, c.Certain(); {
				case met && certain:
					states = append(states, good)
				case met:
					states = append(states, hold)
				case certain:
					states = append(states, bad)
				default:
					states = append(states, open)
				}
			}
			state()
			for word := range strings.FieldsSeq(tt.came) {
				id := len(c.seen.first)
				arriveAs(c, word, fmt.Sprint("m", id))
				state()
			}
			if got := strings.Join(states, " "); got != tt.states {
				t.Errorf("got  %s\nwant %s", got, tt.states)
			}
		})
	}
}

// arriveAs is arrive of one word, of a new message unless the word has one.
func arriveAs(c *Checker, word, message string) {
	if !strings.Contains(word, "#") {
		event, against, forged := strings.Cut(word, "?")
		word = event + "#" + message
		if forged {
			word += "?" + against
		}
	}
	event, rest, _ := strings.Cut(word, "#")
	message, against, _ := strings.Cut(rest, "?")
	c.Add(Arrival{ID: "id", Event: event, Message: message, Against: against, Fits: func(pattern string) bool {
		fits, _ := path.Match(pattern, event)
		return fits
	}})
}

func TestResult(t *testing.T) {
	c := checker(t, true, "a b c=2 invoice.paid !x")
	arrive(c, "a other a?forged c b other invoice.payed x a#m0")
	want := Result{
		Disorder: "c (3) came before b",
		Items: []Item{
			{Expectation: Expectation{"a", "a", 1, false}, Met: true, Came: 1, IDs: []string{"0"}, Nears: 2,
				Near: []Near{{"2", "a", "forged"}, {"8", "a", "the same message as 0"}}},
			{Expectation: Expectation{"b", "b", 1, false}, Met: true, Came: 1, IDs: []string{"4"}},
			{Expectation: Expectation{"c=2", "c", 2, false}, Nears: 1, Near: []Near{{"3", "c", "it came before b"}}},
			{Expectation: Expectation{"invoice.paid", "invoice.paid", 1, false}, Meant: []string{"invoice.payed"}},
			{Expectation: Expectation{"!x", "x", 0, true}, Came: 1, IDs: []string{"7"}},
		},
		Unexpected: []Counted{{"other", 2}, {"invoice.payed", 1}},
	}
	if diff := cmp.Diff(want, c.Result()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a stranger names takes a bounded room.
func TestCheckerIsBounded(t *testing.T) {
	c := checker(t, false, "a=100000")
	for n := range 1000 {
		arriveAs(c, fmt.Sprintf("x%d", n), fmt.Sprint(n))
		arriveAs(c, "a?forged", fmt.Sprint(n))
		arriveAs(c, "a", fmt.Sprint("a", n))
	}
	r := c.Result()
	item := r.Items[0]
	if item.Came != 1000 || len(item.IDs) != maxIDs || item.Nears != 1000 || len(item.Near) != maxNear || len(r.Unexpected) != maxNames || len(c.came) != maxNames {
		t.Errorf("%d came, %d ids, %d of %d near, %d others, %d names", item.Came, len(item.IDs), len(item.Near), item.Nears, len(r.Unexpected), len(c.came))
	}
}

// However many messages come, a bounded number of them is remembered, and among
// them are all on which the outcome rests.
func TestCheckerForgetsWhatDoesNotCount(t *testing.T) {
	const flood = 2 * maxRecent
	c := checker(t, false, "a=2 b=3! c=1")
	arrive(c, "a#a1 b#b1 c#c1")
	for n := range flood {
		arriveAs(c, "c", fmt.Sprint("c of the flood ", n))
		arriveAs(c, "other", fmt.Sprint("other of the flood ", n))
	}
	if n := len(c.seen.first); n != maxRecent+3 {
		t.Errorf("%d messages are remembered, want %d", n, maxRecent+3)
	}
	arrive(c, "a#a1 b#b1 c#c1")
	r := c.Result()
	if came := []int{r.Items[0].Came, r.Items[1].Came, r.Items[2].Came}; came[0] != 1 || came[1] != 1 || came[2] != 1+flood {
		t.Errorf("%v came, want 1, 1 and %d: a message that came again counts again", came, 1+flood)
	}
	arriveAs(c, "c", fmt.Sprint("c of the flood ", flood-1))
	if last := c.Result().Items[2].Came; last != 1+flood {
		t.Error("the newest message is forgotten")
	}
	arriveAs(c, "c", "c of the flood 0")
	if oldest := c.Result().Items[2].Came; oldest != 2+flood {
		t.Error("the oldest message is remembered")
	}
}

// What an expectation means can be written in one way, and is read the same again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a", "a=2", "a=2!", "!a", "!", "!a=2", "=2", "a=", "a=b=3!", "a=+2", "a=02", "a=0!", "!!a", "a= 2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		if e.Text != text || e.Pattern == "" || e.Count < 0 || e.Count == 0 && !e.Exactly {
			t.Errorf("%q is %+v", text, e)
		}
		plain := fmt.Sprintf("%s=%d", e.Pattern, e.Count)
		if e.Exactly {
			plain += "!"
		}
		if strings.HasPrefix(e.Pattern, "!") {
			return // it is none of what begins with another !
		}
		if again, err := Parse(plain); err != nil || again.Pattern != e.Pattern || again.Count != e.Count || again.Exactly != e.Exactly {
			t.Errorf("%q is %+v, and %q is %+v: %v", text, e, plain, again, err)
		}
	})
}
