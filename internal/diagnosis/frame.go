package diagnosis

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// piece is one part of a template: a literal text, or the name of a placeholder.
type piece struct{ literal, name string }

var placeholder = pattern{text: `\$\$\{|\$\{[^}]*\}`}

// pieces takes a spec's template apart; none is the body alone.
func pieces(signed []string) []piece {
	if len(signed) == 0 {
		return []piece{{name: "body"}}
	}
	var out []piece
	literal := ""
	flush := func() {
		if literal != "" {
			out = append(out, piece{literal: literal})
			literal = ""
		}
	}
	for _, item := range signed {
		last := 0
		for _, at := range placeholder.regexp().FindAllStringIndex(item, -1) {
			literal += item[last:at[0]]
			last = at[1]
			if name := item[at[0]:at[1]]; name == "$${" {
				literal += "${"
			} else {
				flush()
				out = append(out, piece{name: name[2 : len(name)-1]})
			}
		}
		literal += item[last:]
		flush()
	}
	return out
}

// template writes pieces as a spec has them.
func template(ps []piece) []string {
	var out []string
	for _, p := range ps {
		if p.name != "" {
			out = append(out, "${"+p.name+"}")
		} else {
			out = append(out, strings.ReplaceAll(p.literal, "${", "$${"))
		}
	}
	return out
}

func has(ps []piece, names ...string) bool {
	return slices.ContainsFunc(ps, func(p piece) bool { return p.name != "" && slices.Contains(names, p.name) })
}

// values are the texts that a frame puts in place of placeholders.
type values struct{ timestamp, id string }

// fill makes literals of the time, the ID and the fields of the signature
// header, so that no reading of them can fail.
func (ms *macSearch) fill(ps []piece, v values) []piece {
	out := slices.Clone(ps)
	for i, p := range out {
		switch {
		case p.name == "timestamp":
			out[i] = piece{literal: v.timestamp}
		case p.name == "id":
			out[i] = piece{literal: v.id}
		case strings.HasPrefix(p.name, "field:"):
			out[i] = piece{literal: ms.read(p.name)}
		}
	}
	return slices.DeleteFunc(out, func(p piece) bool { return p == piece{} })
}

// read is the text at a place of the request, "" when there is none.
func (ms *macSearch) read(place string) string { return readPlace(ms.c.Message, &ms.spec, place) }

func readPlace(m *signing.Message, spec *signing.Spec, place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "header":
		if values := m.Header[http.CanonicalHeaderKey(name)]; len(values) > 0 {
			return strings.Trim(values[0], " \t")
		}
	case "json":
		return gjson.GetBytes(m.Body, name).String()
	case "form":
		if fields, ok := formFields(m.Body); ok {
			for _, f := range fields {
				if f[0] == name {
					return f[1]
				}
			}
		}
	case "query":
		if u, err := url.Parse(m.URL); err == nil {
			return u.Query().Get(name)
		}
	case "field":
		separator := cmp.Or(spec.Separator, ",")
		for _, value := range m.Header[http.CanonicalHeaderKey(spec.Header)] {
			for item := range strings.SplitSeq(value, separator) {
				if k, v, ok := strings.Cut(strings.Trim(item, " \t"), "="); ok && k == name {
					return v
				}
			}
		}
	}
	return ""
}

// sent are the time and the ID that the request carries.
func (ms *macSearch) sent() values {
	v := values{id: ms.read(ms.spec.ID)}
	if ms.spec.Timestamp != nil {
		v.timestamp = ms.read(ms.spec.Timestamp.From)
	}
	if v.id == "" && ms.spec.ID != "" {
		v.id = ms.c.Message.ID
	}
	return v
}

// frames lists the ways to put the message together, the scheme's own first.
func (ms *macSearch) frames() []frame {
	ps, v, m := pieces(ms.spec.Signed), ms.sent(), ms.c.Message
	build := func(ps []piece, v values, steps ...step) frame {
		return frame{signed: template(ms.fill(ps, v)), method: m.Method, url: m.URL, steps: steps}
	}
	out := []frame{build(ps, v)}
	for _, text := range ms.spec.SignedOr {
		out = append(out, build(pieces([]string{text}), v))
	}
	if has(ps, "timestamp") {
		for _, t := range ms.times(v.timestamp) {
			out = append(out, build(ps, values{t.text, v.id}, t.step))
		}
	}
	if has(ps, "id") {
		for _, id := range ms.ids(v.id) {
			out = append(out, build(ps, values{v.timestamp, id.text}, id.step))
		}
	}
	for _, form := range otherForms(ps) {
		out = append(out, build(form.pieces, v, form.step))
	}
	if slices.ContainsFunc(ps, func(p piece) bool {
		kind, _, _ := strings.Cut(p.name, ":")
		return slices.Contains([]string{"url", "path", "target", "method", "query"}, kind)
	}) {
		for _, u := range ms.urls() {
			f := out[0]
			f.method, f.url, f.steps = u.method, u.url, u.steps
			out = append(out, f)
		}
	}
	for _, form := range commonForms(m, &ms.spec) {
		st := step{code: "message-form", where: InScheme, rank: 90,
			title: "the signed message is " + form.title + ", not " + messageTitle(ps),
			fix:   "sign what the provider documents; another provider's code, or an older version of its scheme, signs otherwise"}
		out = append(out, build(form.pieces, v, st))
	}
	return distinct(out)
}

// distinct drops frames that sign what an earlier one signs.
func distinct(frames []frame) []frame {
	known := map[string]bool{}
	return slices.DeleteFunc(frames, func(f frame) bool {
		key := strings.Join(f.signed, "\x00") + "\x01" + f.method + "\x01" + f.url
		if known[key] || len(f.signed) == 0 {
			return true
		}
		known[key] = true
		return false
	})
}

// messageTitle is a template for people: "id.timestamp.body".
func messageTitle(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		if p.name != "" {
			fmt.Fprintf(&b, "{%s}", p.name)
		} else {
			b.WriteString(strings.Trim(strconv.Quote(p.literal), `"`))
		}
	}
	return b.String()
}

// alternative is a text that may have been signed in another's place.
type alternative struct {
	text string
	step step
}

const fixTime = "sign exactly the text of the timestamp that is sent, and send the one that was signed"

// times are what may have been signed as the timestamp.
func (ms *macSearch) times(sent string) []alternative {
	var out []alternative
	add := func(rank int, code, title, text string) {
		if text != sent && text != "" {
			out = append(out, alternative{text, step{code: code, where: InClock, rank: rank, title: title, fix: fixTime,
				proof: fmt.Sprintf("the request says %s, and %s was signed", excerpt([]byte(sent)), excerpt([]byte(text)))}})
		}
	}
	at, ok := anyTime(sent)
	if !ok {
		add(41, "timestamp-text", "the timestamp was signed without what surrounds its digits", digits.regexp().FindString(sent))
	}
	if ok {
		add(30, "timestamp-ms", "the timestamp was signed in milliseconds and sent in another form", strconv.FormatInt(at.UnixMilli(), 10))
		add(31, "timestamp-seconds", "the timestamp was signed in seconds and sent in another form", strconv.FormatInt(at.Unix(), 10))
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05.000000Z07:00", http.TimeFormat, time.RFC3339Nano} {
			add(45, "timestamp-form", "the timestamp was signed in another form than it was sent in", at.UTC().Format(layout))
		}
	}
	unit := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	if len(sent) == 13 {
		unit = func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	}
	const near = 5
	for i := range near * 2 {
		d := time.Duration(i/2+1) * time.Second
		if i%2 == 1 {
			d = -d
		}
		if ok {
			add(42, "timestamp-replaced", "the timestamp that was signed is another than the one that was sent: it was made twice", unit(at.Add(d)))
		}
	}
	for i := range near {
		add(43, "timestamp-now", "the time of checking was signed, not the timestamp that the request carries", unit(ms.c.Now.Add(-time.Duration(i)*time.Second)))
	}
	for _, other := range timesIn(ms.c.Message.Header) {
		add(44, "timestamp-other", "the header "+other.name+" was signed in the timestamp's place", other.text)
	}
	return out
}

var digits = pattern{text: `[0-9]{9,13}`}

// anyTime reads a time in any of the usual forms.
func anyTime(text string) (time.Time, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch {
		case len(text) >= 9 && len(text) <= 10:
			return time.Unix(n, 0), true
		case len(text) == 13:
			return time.UnixMilli(n), true
		case len(text) == 16:
			return time.UnixMicro(n), true
		}
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, http.TimeFormat} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

type named struct{ name, text string }

// timesIn lists headers that hold a time.
func timesIn(h http.Header) []named {
	var out []named
	for _, name := range otherHeaders(h, nil) {
		if text := strings.Trim(h[name][0], " \t"); isTimeText(text) {
			out = append(out, named{name, text})
		}
	}
	return out[:min(len(out), 4)]
}

func isTimeText(text string) bool { _, ok := anyTime(text); return ok }

var idName = pattern{text: `(?i)(^|[-_])(id|uuid|guid|delivery|nonce)$`}

// idsIn lists headers that may hold a message ID.
func idsIn(h http.Header) []named {
	var out []named
	for _, name := range otherHeaders(h, nil) {
		if text := strings.Trim(h[name][0], " \t"); idName.regexp().MatchString(name) && text != "" && len(text) <= signing.MaxID {
			out = append(out, named{name, text})
		}
	}
	return out[:min(len(out), 4)]
}

func (ms *macSearch) ids(sent string) []alternative {
	var out []alternative
	add := func(where, text string) {
		if text != "" && text != sent && len(text) <= signing.MaxID {
			out = append(out, alternative{text, step{code: "id-other", where: InHeader, rank: 46,
				title: where + " was signed in the message ID's place", fix: "sign the message ID that is sent in its header"}})
		}
	}
	for _, h := range idsIn(ms.c.Message.Header) {
		add("the header "+h.name, h.text)
	}
	add("the event's ID in the body", ms.c.Provider.MessageIDOf(ms.c.Message))
	add("the field id of the body", gjson.GetBytes(ms.c.Message.Body, "id").String())
	return out
}

// form is a template with what to say about it.
type form struct {
	pieces []piece
	title  string
	step   step
}

// otherForms are slips in putting the scheme's own message together.
func otherForms(ps []piece) []form {
	const fix = "put the signed message together as the provider documents it: "
	if len(ps) < 2 {
		return nil
	}
	proper := fix + messageTitle(ps)
	var out []form
	add := func(rank int, code, title string, ps []piece) {
		out = append(out, form{pieces: ps, step: step{code: code, where: InScheme, rank: rank, title: title, fix: proper,
			proof: messageTitle(ps) + " was signed"}})
	}
	add(29, "body-only", "the body alone was signed", []piece{{name: "body"}})
	for i, p := range ps {
		if p.name == "" || p.name == "body" {
			continue
		}
		for _, cut := range withoutPiece(ps, i) {
			add(32, p.name+"-missing", "the "+p.name+" is missing from the signed message", cut)
		}
		for k := i + 1; k < len(ps); k++ {
			if q := ps[k]; q.name != "" {
				swapped := slices.Clone(ps)
				swapped[i], swapped[k] = q, p
				add(47, "parts-swapped", "the "+p.name+" and the "+q.name+" stand in each other's place in the signed message", swapped)
			}
		}
	}
	for _, sep := range []string{".", ":", "", "\n", "|", "-", ",", " ", "_", "&"} {
		changed := slices.Clone(ps)
		for i, p := range changed {
			if i > 0 && i < len(ps)-1 && p.name == "" {
				changed[i] = piece{literal: sep}
			}
		}
		changed = slices.DeleteFunc(changed, func(p piece) bool { return p == piece{} })
		if !slices.Equal(changed, ps) {
			add(48, "separator", fmt.Sprintf("the parts of the signed message are joined by %q", sep), changed)
		}
	}
	for _, end := range []string{"\n"} {
		add(49, "message-newline", "the signed message has a line break at its end", append(slices.Clone(ps), piece{literal: end}))
	}
	return out
}

// withoutPiece leaves out piece i, alone and with the literal on either side.
func withoutPiece(ps []piece, i int) [][]piece {
	var out [][]piece
	if i+1 < len(ps) && ps[i+1].name == "" {
		out = append(out, slices.Concat(ps[:i], ps[i+2:]))
	}
	if i > 0 && ps[i-1].name == "" {
		out = append(out, slices.Concat(ps[:i-1], ps[i+1:]))
	}
	return append(out, slices.Concat(ps[:i], ps[i+1:]))
}
