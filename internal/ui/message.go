package ui

import "fmt"

// PrintError writes "whk: …" and a "hint: …" line for each hint to Err, each
// one line whatever the text holds. Empty hints are left out.
func (s *Streams) PrintError(err error, hints ...string) {
	st := s.StyleErr()
	out := st.appendPaint(nil, Bad, "whk:")
	out = append(out, ' ')
	out = AppendSafe(out, err.Error())
	out = append(out, '\n')
	s.Err.Write(appendHints(out, st, hints))
}

// Warn writes "whk: warning: …" and its hints to Err.
func (s *Streams) Warn(message string, hints ...string) {
	st := s.StyleErr()
	out := st.appendPaint(nil, Warn, "whk: warning:")
	out = append(out, ' ')
	out = AppendSafe(out, message)
	out = append(out, '\n')
	s.Err.Write(appendHints(out, st, hints))
}

// Notef writes one line to Err: progress, or what was done besides the result.
func (s *Streams) Notef(format string, args ...any) {
	s.Err.Write(append(AppendSafe(nil, fmt.Sprintf(format, args...)), '\n'))
}

// Hint writes a "hint: …" line to Err for each hint that is not empty.
func (s *Streams) Hint(hints ...string) {
	s.Err.Write(appendHints(nil, s.StyleErr(), hints))
}

func appendHints(dst []byte, st *Styler, hints []string) []byte {
	for _, hint := range hints {
		if hint == "" {
			continue
		}
		dst = st.appendPaint(dst, Key, "hint:")
		dst = append(dst, ' ')
		dst = AppendSafe(dst, hint)
		dst = append(dst, '\n')
	}
	return dst
}

// ErrorJSON is an error on Err under --json.
type ErrorJSON struct {
	Type     string   `json:"type"` // always "error"
	Error    string   `json:"error"`
	ExitCode int      `json:"exit_code"`
	Hints    []string `json:"hints,omitempty"`
}

// PrintErrorJSON writes err as one JSON object to Err. code is what whk exits
// with.
func (s *Streams) PrintErrorJSON(err error, code int, hints ...string) {
	// Strings and a number always encode, and a broken stderr leaves nowhere to
	// say so.
	_ = JSON(s.Err, ErrorJSON{Type: "error", Error: err.Error(), ExitCode: code, Hints: hints})
}
