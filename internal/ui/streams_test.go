package ui

import (
	"io"
	"strings"
	"testing"
)

func TestSetColor(t *testing.T) {
	for _, c := range []struct {
		name, mode      string
		env             map[string]string
		outTTY, errTTY  bool
		wantOut, wantEr bool
	}{
		{"a terminal", "auto", nil, true, true, true, true},
		{"each stream for itself", "", nil, false, true, false, true},
		{"a pipe", "auto", nil, false, false, false, false},
		{"always beats NO_COLOR", "always", map[string]string{"NO_COLOR": "1"}, false, false, true, true},
		{"never beats force", "never", map[string]string{"CLICOLOR_FORCE": "1"}, true, true, false, false},
		{"NO_COLOR beats force", "auto", map[string]string{"NO_COLOR": "0", "CLICOLOR_FORCE": "1"}, true, true, false, false},
		{"empty NO_COLOR is unset", "auto", map[string]string{"NO_COLOR": ""}, true, true, true, true},
		{"force in a pipe", "auto", map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, false, false, true, true},
		{"force 0 is no force", "auto", map[string]string{"CLICOLOR_FORCE": "0"}, false, false, false, false},
		{"dumb terminal", "auto", map[string]string{"TERM": "dumb"}, true, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, _ := Buffers("")
			s.OutTTY, s.ErrTTY = c.outTTY, c.errTTY
			if err := s.SetColor(c.mode, func(k string) string { return c.env[k] }); err != nil {
				t.Fatal(err)
			}
			if s.Color != c.wantOut || s.ColorErr != c.wantEr {
				t.Errorf("colour out %v err %v, want %v %v", s.Color, s.ColorErr, c.wantOut, c.wantEr)
			}
		})
	}
}

func TestSetColorRefusesAnUnknownMode(t *testing.T) {
	s, _, _ := Buffers("")
	s.Color = true
	err := s.SetColor("sometimes", func(string) string { return "" })
	if err == nil || err.Error() != `colour mode "sometimes" is not one of auto, always, never` {
		t.Errorf("error %v", err)
	}
	if !s.Color {
		t.Error("a refused mode changed the colour")
	}
}

func TestBuffers(t *testing.T) {
	s, out, errs := Buffers("in")
	io.WriteString(s.Out, "result")
	io.WriteString(s.Err, "progress")
	in, _ := io.ReadAll(s.In)
	if string(in) != "in" || out.String() != "result" || errs.String() != "progress" {
		t.Errorf("got %q %q %q", in, out, errs)
	}
	if s.InTTY || s.OutTTY || s.ErrTTY || s.Color || s.ColorErr || s.Width != 0 {
		t.Errorf("buffers pass for a terminal: %+v", s)
	}
	out.Reset()
	if out.String() != "" {
		t.Error("Reset leaves text")
	}
}

func TestNoColorNoEscapes(t *testing.T) {
	for _, st := range []*Styler{NewStyler(false), nil, {}} {
		for role := range roles {
			if got := string(st.AppendSafe([]byte(st.Paint(role, "text")), role, "text")); got != "texttext" {
				t.Errorf("role %d: %q", role, got)
			}
		}
	}
}

func TestEveryRoleHasALook(t *testing.T) {
	st := NewStyler(true)
	for role := Plain + 1; role < roles; role++ {
		got := st.Paint(role, "a\tb")
		if !strings.HasPrefix(got, "\x1b[") || !strings.HasSuffix(got, "a\tb\x1b[0m") {
			t.Errorf("role %d: %q", role, got)
		}
	}
	if got := st.Paint(Plain, "x"); got != "x" {
		t.Errorf("plain: %q", got)
	}
}
