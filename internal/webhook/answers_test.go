package webhook

import "testing"

func TestAnswers(t *testing.T) {
	status := func(n int) *Attempt { return &Attempt{Status: n} }
	failed := func(class string) *Attempt { return &Attempt{Error: class} }
	broken := &Attempt{Status: 200, Error: ClassReset}
	tests := []struct {
		patterns Answers
		attempt  *Attempt
		want     bool
	}{
		{nil, status(200), false},
		{Answers{"2xx"}, status(204), true},
		{Answers{"2xx"}, status(301), false},
		{Answers{"2xx"}, broken, false},
		{Answers{"200"}, broken, false},
		{Answers{"reset"}, broken, true},
		{Answers{"200"}, status(204), false},
		{Answers{"200", "204"}, status(204), true},
		{Answers{"5xx", "no_answer"}, failed(ClassDNS), true},
		{Answers{"5xx", "timeout"}, failed(ClassDNS), false},
		{Answers{"5xx"}, failed(ClassTimeout), false},
		{Answers{"any"}, failed(ClassTimeout), true},
		{Answers{"any"}, status(404), true},
		{Answers{"!410"}, status(404), true},
		{Answers{"!410"}, status(410), false},
		{Answers{"!410"}, failed(ClassTimeout), true},
		{Answers{"!no_answer"}, failed(ClassTimeout), false},
		{Answers{"4xx", "!404"}, status(404), false},
		{Answers{"!404", "4xx"}, status(404), false},
		{Answers{"!404", "4xx"}, status(409), true},
		{Answers{"4xx", "!404"}, status(500), false},
	}
	for _, tt := range tests {
		if got := tt.patterns.Match(tt.attempt); got != tt.want {
			t.Errorf("%v of %d %q: %v", tt.patterns, tt.attempt.Status, tt.attempt.Error, got)
		}
		if err := tt.patterns.Check(); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "!", "xxx", "0xx", "6xx", "600", "099", "20", "2000", "2x0", "2Xx", "!!410", "canceled", "200-299", "Any"} {
		if err := (Answers{bad}).Check(); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
