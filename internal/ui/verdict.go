package ui

import "github.com/whk-cli/whk/internal/webhook"

// AppendVerdict appends a verdict in words: "✓ authentic",
// "✗ not authentic: mismatch" or "? unverified".
func AppendVerdict(dst []byte, st *Styler, v webhook.Verification) []byte {
	role, text := Verdict(v.Status)
	dst = st.appendPaint(dst, role, text)
	if v.Reason != "" {
		dst = st.appendPaint(dst, role, ": ")
		dst = st.AppendSafe(dst, role, string(v.Reason))
	}
	return dst
}

// verdictWidth is the columns of the longest verdict without its reason.
const verdictWidth = 15

// Verdict is the look of a verdict, and its words after a mark.
func Verdict(s webhook.Status) (Role, string) {
	switch s {
	case webhook.Authentic:
		return Good, "✓ authentic"
	case webhook.NotAuthentic:
		return Bad, "✗ not authentic"
	default:
		return Warn, "? unverified"
	}
}

// AnswerRole is the look of an HTTP status; 0 is none.
func AnswerRole(status int) Role {
	switch {
	case status >= 200 && status < 300:
		return Good
	case status >= 400:
		return Bad
	case status == 0:
		return Dim
	default:
		return Warn
	}
}
