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
	if err := (Answers{"100", "199", "599", "1xx", "5xx", "!4xx", "any", "!no_answer", ClassNetwork}).Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "!", "xxx", "0xx", "6xx", "600", "099", "20", "2000", "2x0", "2Xx", "!!410", "canceled", "200-299", "Any"} {
		if err := (Answers{bad}).Check(); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Without patterns of its own an attempt is acknowledged by 2xx, whole.
func TestAcknowledged(t *testing.T) {
	for _, tt := range []struct {
		a    Attempt
		want bool
	}{
		{Attempt{Status: 200}, true}, {Attempt{Status: 299}, true}, {Attempt{Status: 199}, false}, {Attempt{Status: 300}, false},
		{Attempt{}, false}, {Attempt{Status: 200, Error: ClassReset}, false}, {Attempt{Error: ClassTimeout}, false},
		{Attempt{Status: 404, Success: Answers{"4xx"}}, true}, {Attempt{Status: 200, Success: Answers{"4xx"}}, false},
		{Attempt{Status: 200, Success: Answers{}}, false},
	} {
		if got := tt.a.Acknowledged(); got != tt.want {
			t.Errorf("%+v: %v", tt.a, got)
		}
	}
}
