package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// AppendDetail appends all that is known of a delivery: the request, its
// headers, the verdict, what was answered and forwarded, and the body as
// [AppendBody] shows it. zone is that of the time; nil is time.Local. Values to
// be hidden were replaced before, by a [Redactor].
func AppendDetail(dst []byte, st *Styler, d *webhook.Delivery, zone *time.Location) []byte {
	dst = st.AppendSafe(dst, Bold, strings.TrimSpace(d.Method+" "+d.URL))
	dst = append(dst, '\n')
	dst = appendPairs(dst, st, headerPairs(d.Header))
	dst = append(dst, '\n')
	dst = appendVerification(dst, st, d.Verification)
	dst = appendPairs(dst, st, facts(d, zone))
	for _, f := range d.Forwards {
		dst = appendForward(dst, st, f)
	}
	dst = append(dst, '\n')
	return AppendBody(dst, st, d.Body, d.ID)
}

type pair struct{ name, value string }

func headerPairs(h webhook.Header) []pair {
	pairs := make([]pair, len(h))
	for i, f := range h {
		pairs[i] = pair{f.Name, f.Value}
	}
	return pairs
}

// facts are what whk knows besides the request itself.
func facts(d *webhook.Delivery, zone *time.Location) []pair {
	if zone == nil {
		zone = time.Local
	}
	pairs := []pair{{"id", d.ID}, {"received", ""}, {"from", d.Remote}, {"provider", d.Provider},
		{"event", d.Event}, {"message ID", d.MessageID}, {"answered", ""}, {"body", count(len(d.Body), "byte")}}
	if !d.ReceivedAt.IsZero() {
		pairs[1].value = d.ReceivedAt.In(zone).Format("2006-01-02T15:04:05.000Z07:00")
	}
	pairs[6].value = answered(d.Response)
	if d.Handshake {
		pairs = slices.Insert(pairs, 4, pair{"handshake", "it makes sure of the endpoint, and tells of no event"})
	}
	known := pairs[:0]
	for _, p := range pairs {
		if p.value != "" {
			known = append(known, p)
		}
	}
	return known
}

func answered(r webhook.Response) string {
	status := strconv.Itoa(r.Status)
	switch {
	case r.Status == 0 && r.Played == "":
		return ""
	case r.Status == 0:
		return "nothing: played " + r.Played
	case r.Played == "" || r.Played == status:
		return status
	}
	return status + ": played " + r.Played
}

// appendPairs appends indented lines of a name and a value, the values
// aligned as long as the names are not absurd.
func appendPairs(dst []byte, st *Styler, pairs []pair) []byte {
	const widest = 32
	width := 0
	for _, p := range pairs {
		width = max(width, min(textWidth(p.name), widest))
	}
	for _, p := range pairs {
		dst = append(dst, margin...)
		dst = st.AppendSafe(dst, Key, p.name)
		if p.value != "" {
			dst = appendBlanks(dst, max(0, width-textWidth(p.name))+len(gap))
			dst = st.AppendSafe(dst, Plain, p.value)
		}
		dst = append(dst, '\n')
	}
	return dst
}

func appendVerification(dst []byte, st *Styler, v webhook.Verification) []byte {
	dst = append(AppendVerdict(dst, st, v), '\n')
	if v.Detail != "" {
		dst = append(dst, margin...)
		dst = append(st.AppendSafe(dst, Plain, v.Detail), '\n')
	}
	for _, warning := range v.Warnings {
		dst = append(dst, margin...)
		dst = append(st.appendPaint(dst, Warn, "warning:"), ' ')
		dst = append(st.AppendSafe(dst, Plain, warning), '\n')
	}
	if len(v.Candidates) > 0 {
		dst = append(dst, margin+"tried: "...)
		dst = append(st.AppendSafe(dst, Plain, strings.Join(v.Candidates, ", ")), '\n')
	}
	return dst
}

func appendForward(dst []byte, st *Styler, f webhook.Forward) []byte {
	dst = append(dst, margin...)
	dst = append(st.appendPaint(dst, Key, "forwarded to"), ' ')
	dst = append(st.AppendSafe(dst, Plain, f.URL), ": "...)
	if f.Status == 0 {
		dst = st.AppendSafe(dst, Bad, f.Error)
	} else {
		dst = st.appendPaint(dst, AnswerRole(f.Status), strconv.Itoa(f.Status))
	}
	dst = append(dst, " in "...)
	dst = appendTook(dst, time.Duration(f.DurationMS*float64(time.Millisecond)))
	return append(dst, '\n')
}
