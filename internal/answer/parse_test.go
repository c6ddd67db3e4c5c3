package answer

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct{ script, want string }{
		{"200", "200 200"},
		{"503x2,409,200", "503 503 409 200 200"},
		{" 503 , 200 ", "503 200 200"},
		{"503,200,*", "503 200 503 200 503"},
		{"delay=6s,200,reset", "delay=6s,200 reset reset"},
		{"delay=1500ms,retry-after=2m,429x2,200", "delay=1.5s,retry-after=120,429 delay=1.5s,retry-after=120,429 200"},
		{"retry-after=0,503", "retry-after=0,503 retry-after=0,503"},
		{"drip=1m,truncate,close,hang,malformed", "drip=1m,truncate close hang malformed malformed"},
		{"resetx2,200", "reset reset 200 200"},
		{"redirect=https://a.example/x?y=1,200", "redirect=https://a.example/x?y=1 200 200"},
		{"redirect=https://me:pass@a.example/", "redirect=https://xxxxx@a.example/ redirect=https://xxxxx@a.example/"},
		{"redirect=/x2", "redirect=/x2 redirect=/x2"},
		{"redirect=?a", "redirect=?a redirect=?a"},
		{"redirect=//a.example", "redirect=//a.example redirect=//a.example"},
		{"200x1,599,retry-after=10,503", "200 599 retry-after=10,503 retry-after=10,503"},
	}
	for _, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			s, err := Parse(tt.script)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for n := range strings.Fields(tt.want) {
				got = append(got, s.At(n).String())
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		script string
		offset int
		msg    string
	}{
		{"", 0, "an item is missing"},
		{"200,,503", 4, "an item is missing"},
		{"503x2, 40,200", 7, "a status is a number from 200 to 599"},
		{"100", 0, "200 to 599"},
		{"600", 0, "200 to 599"},
		{"0200", 0, "200 to 599"},
		{"503x0", 0, "1 to 1000000"},
		{"503x99999999999999999999", 0, "1 to 1000000"},
		{"503x", 0, "200 to 599"},
		{"200,resett", 4, "no such item"},
		{"reset=1", 0, "no such item"},
		{"200,*,503", 6, "nothing may follow"},
		{"*", 0, "nothing to repeat"},
		{"200,delay=6s", 4, "none follows"},
		{"200,delay=6s,drip=1s,*", 4, "none follows"},
		{"delay=6,200", 0, "a time has a unit"},
		{"delay=-1s,200", 0, "a time has a unit"},
		{"delay=2h,200", 0, "over the longest"},
		{"delay=1s,delay=2s,200", 9, "twice"},
		{"retry-after=1,retry-after=2,503", 14, "twice"},
		{"retry-after=1500ms,503", 0, "whole seconds"},
		{"retry-after=,503", 0, "whole seconds"},
		{"drip=1s,reset", 8, "gives none"},
		{"retry-after=1,hang", 14, "gives none"},
		{"redirect=", 0, "needs a URL"},
		{"redirect=#a", 0, "needs a URL"},
		{"redirect=a\x00b", 0, "needs a URL"},
		{"redirect=a b", 0, "needs a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			_, err := Parse(tt.script)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Offset != tt.offset || !strings.Contains(e.Msg, tt.msg) {
				t.Errorf("at %d: %s; want at %d: %s", e.Offset, e.Msg, tt.offset, tt.msg)
			}
		})
	}
	_, err := Parse("200,resett")
	if want := `character 5, "resett": no such item`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	var e *Error
	if errors.As(err, &e); fmt.Sprint(e.Near) != "[reset]" {
		t.Errorf("near %q", e.Near)
	}
}

func TestPlayer(t *testing.T) {
	s, err := Parse("503,409,200")
	if err != nil {
		t.Fatal(err)
	}
	play := func(byMessage bool, messages string) string {
		p := NewPlayer(s, byMessage)
		var got []string
		for m := range strings.FieldsSeq(messages) {
			got = append(got, p.Next(m).String())
		}
		return strings.Join(got, " ")
	}
	if got := play(false, "a b a c"); got != "503 409 200 200" {
		t.Errorf("of all deliveries: %s", got)
	}
	if got := play(true, "a b a a a b"); got != "503 503 409 200 200 409" {
		t.Errorf("of each message: %s", got)
	}
}

// A stranger's messages take a bounded room.
func TestPlayerForgets(t *testing.T) {
	s, err := Parse("503,200")
	if err != nil {
		t.Fatal(err)
	}
	p := NewPlayer(s, true)
	for n := range maxMessages + 2 {
		p.Next(fmt.Sprint(n))
	}
	if len(p.attempts) != maxMessages || len(p.messages) != maxMessages {
		t.Errorf("%d messages are known in %d places", len(p.attempts), len(p.messages))
	}
	for message, want := range map[string]string{"1": "503", fmt.Sprint(maxMessages): "200"} {
		if got := p.Next(message).String(); got != want {
			t.Errorf("message %s: %s, want %s", message, got, want)
		}
	}
}

// What is printed of a script is a script that answers the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"503x2,409,delay=6s,200,reset", "200,*", "redirect=http://a/%2C,truncate", "drip=1s,retry-after=2,429x3", "hangx2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) || !strings.HasPrefix(text[e.Offset:], e.Text) {
				t.Errorf("Parse(%q): %#v is not where it says", text, err)
			}
			return
		}
		if strings.Contains(text, "@") {
			return // a password is not printed
		}
		again, err := Parse(s.String())
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%q is %+v, and read again as %q %+v: %v", text, s, s, again, err)
		}
	})
}

// What has a status has headers, whether it ends well or not.
func TestItems(t *testing.T) {
	for script, want := range map[string]struct {
		status  int
		answers bool
	}{
		"200": {200, true}, "redirect=/x": {302, true}, "truncate": {0, true}, "malformed": {0, false},
		"reset": {0, false}, "close": {0, false}, "hang": {0, false},
	} {
		s, err := Parse(script)
		if err != nil {
			t.Fatal(err)
		}
		if i := s.At(0); i.Answers() != want.answers || i.Status != want.status {
			t.Errorf("%s answers: %v, with %d", script, i.Answers(), i.Status)
		}
	}
}
