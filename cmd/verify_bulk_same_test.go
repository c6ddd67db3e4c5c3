package cmd

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// oddLines makes deliveries in JSON, in all the ways in which they may be written
// and be wrong.
type oddLines struct{ *rand.Rand }

func (r oddLines) one(of ...string) string { return of[r.IntN(len(of))] }

// often is true in most cases.
func (r oddLines) often() bool { return r.IntN(8) > 0 }

// line returns a line.
func (r oddLines) line() string {
	body, text := r.body()
	mac := hmac.New(sha256.New, []byte(bulkSecret))
	mac.Write(body)
	if !r.often() {
		mac.Write([]byte("x"))
	}
	members := []string{`"headers":` + r.headers(hex.EncodeToString(mac.Sum(nil))), text}
	for _, m := range []string{`"id":` + r.text(r.one("0000000000001", "x", "é\"")), `"received_at":` + r.one(`"2026-03-01T09:30:00.1Z"`, `"2026-03-01T10:30:00+01:00"`, `"2026-03-01t09:30:00z"`, `""`),
		`"method":` + r.one(`"POST"`, `"GET"`, `null`), `"url":"http://localhost:8080/webhooks/saas"`, `"remote":"127.0.0.1:5"`,
		`"provider":"saas"`, `"event":` + r.text(r.one("invoice.paid", "a\\b")), `"message_id":"evt_1"`, `"verification":` + r.one(`{"status":"authentic"}`, `{"status":"not_authentic","detail":"é }\" ]"}`, `{"status":5}`),
		`"response":{"status":200}`, `"forwards":[{"url":"http://x/","status":200}]`, `"type":"delivery"`, r.one(`"other":1`, `"Event":"x"`)} {
		if r.IntN(3) > 0 && (m[1] != 'o' && m[1] != 'E' || !r.often()) {
			members = append(members, m)
		}
	}
	if r.IntN(3) > 0 {
		members = append(members, fmt.Sprintf(`"body_size":%d`, len(body)+r.IntN(40)/39))
	}
	if !r.often() {
		members = append(members, members[r.IntN(len(members))])
	}
	if !r.often() {
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	line := r.object(members)
	sum := sha256.Sum256(body)
	switch r.IntN(8) {
	case 0:
		sum[0]++
		fallthrough
	case 1, 2, 3:
		line = strings.TrimRight(line, " \r")
		return line[:len(line)-1] + `,"body_sha256":"` + hex.EncodeToString(sum[:]) + `"}`
	case 4:
		return r.broken(line)
	}
	return line
}

func (r oddLines) object(members []string) string {
	blank := ""
	if !r.often() {
		blank = " "
	}
	return blank + "{" + blank + strings.Join(members, blank+","+blank) + blank + "}" + r.one("", "", "", " ", "\r")
}

// broken changes one byte, or loses some.
func (r oddLines) broken(line string) string {
	at := r.IntN(len(line))
	return line[:at] + r.one("", "\xff", "\"", "\\", "{", "\x01", `\ud800`, "é") + line[min(len(line), at+r.IntN(3)):]
}

// body returns a body, and the member that holds it.
func (r oddLines) body() (body []byte, member string) {
	var b strings.Builder
	b.WriteString(`{"id":"evt_1","event":"invoice.paid","created_at":"2026-03-01T09:30:00Z","data":{"x":"`)
	for range r.IntN(40) {
		b.WriteString(r.one("plain text", `\"`, `\\`, "é", "😀", "\u2028", "/", "</script>", `\u00e9`, "\n", "\x7f", "\x00", strings.Repeat("p", r.IntN(90))))
	}
	b.WriteString(r.one(`"}}`, `"}}`, `"}}`, `"`))
	if r.IntN(6) > 0 {
		return []byte(b.String()), `"body":` + r.text(b.String())
	}
	body = append([]byte(b.String()), 0xff, byte(r.IntN(256)))
	return body, `"body_base64":"` + base64.StdEncoding.EncodeToString(body) + `"`
}

// text writes a JSON string in one of many ways.
func (r oddLines) text(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	escapes := r.IntN(3)
	for _, c := range s {
		switch short := strings.IndexRune("\"\\/\b\f\n\r\t", c); {
		case short >= 0 && (c != '/' || escapes > 0) && (escapes < 2 || r.often()):
			b.WriteString(`\` + `"\/bfnrt`[short:short+1])
		case c < ' ' || c == '"' || c == '\\' || escapes == 2 && !r.often():
			if c > 0xffff {
				fmt.Fprintf(&b, `\u%04x\u%04X`, 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
			} else {
				fmt.Fprintf(&b, `\u%04x`, c)
			}
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

func (r oddLines) headers(signature string) string {
	if !r.often() {
		signature = r.one("[redacted]", "", signature[1:], signature+" ", strings.ToUpper(signature), signature[:63]+"g")
	}
	name := r.one("X-Webhook-Signature", "X-Webhook-Signature", "X-Webhook-Signature", "x-webhook-signature")
	fields := [][2]string{{"Content-Type", "application/json"}, {"Host", "localhost:8080"}, {name, signature}, {"X-É", `a"\`}}
	if !r.often() {
		fields = fields[r.IntN(4):]
	}
	switch {
	case r.often():
	case r.often():
		fields = append(fields, [2]string{r.one("X-WEBHOOK-Signature", "HOST"), signature})
	default:
		fields = nil
	}
	var b strings.Builder
	list := r.often()
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case list:
			b.WriteString("[" + r.text(f[0]) + "," + r.text(f[1]) + "]")
		case r.often():
			b.WriteString(r.text(f[0]) + ":" + r.text(f[1]))
		default:
			b.WriteString(r.text(f[0]) + ":[" + r.text(f[1]) + "]")
		}
	}
	if list {
		return "[" + b.String() + "]"
	}
	return "{" + b.String() + "}"
}

// slowVerdict is what comes of the line of that number when encoding/json reads it,
// and it is judged alone; nil for a line that is no delivery.
func slowVerdict(t *testing.T, v *verification, r *verifyReport, text string, number int) map[string]any {
	t.Helper()
	j := judged{line: number}
	_, entries, err := format.Open(strings.NewReader(text), format.JSON, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for entry, err := range entries {
		var placed *format.Error
		switch {
		case errors.Is(err, format.ErrEmpty):
			return nil
		case errors.Is(err, webhook.ErrChanged):
			entry.Line = number
			j = v.judge(entry, r.input)
			j.doubt(&format.Error{Line: number, Column: 1, Err: err})
		case errors.As(err, &placed):
			j.err = &format.Error{Line: number, Column: placed.Column, Err: placed.Err}
		case err != nil:
			j.err = &format.Error{Line: number, Column: 1, Err: err}
		default:
			entry.Line = number
			j = v.judge(entry, r.input)
		}
	}
	out, err := ui.AppendJSON(nil, r.verdictJSON(&j))
	if err != nil {
		t.Fatal(err)
	}
	return verdictOf(t, out)
}

// verdictOf is a verdict without what is looked for only in the first failures.
func verdictOf(t *testing.T, line []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	delete(m, "hypotheses")
	delete(m, "observations")
	delete(m, "tried")
	return m
}

// Many lines are judged as each of them is alone, however they are written.
func TestBulkIsTheSlowWay(t *testing.T) {
	for _, whose := range []string{"saas", ""} {
		r := oddLines{rand.New(rand.NewPCG(3, uint64(len(whose))))}
		var lines []string
		for range 700 {
			lines = append(lines, r.line())
		}
		args, opts := []string{"verify", "--json", "--as", "ndjson", "-"}, &verifyOptions{}
		if whose != "" {
			args, opts.Provider = append(args, "-p", whose), whose
		}
		var out bytes.Buffer
		app, errs := bulkApp(t, strings.NewReader(strings.Join(lines, "\n")), &out)
		if code := Run(t.Context(), app, args); code != exitFailed {
			t.Fatal(code, errs)
		}
		v, err := app.newVerification(t.Context(), opts, false)
		if err != nil {
			t.Fatal(err)
		}
		report := newVerifyReport(app, opts, &deliveries{kind: format.NDJSON})
		report.why = func(*judged) diagnosis.Explanation { return diagnosis.Explanation{} }
		got, counts := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n")), map[string]int{}
		for i, text := range lines {
			want := slowVerdict(t, v, report, text, i+1)
			if want == nil {
				continue
			}
			counts[fmt.Sprint(want["status"])]++
			if len(got) == 0 {
				t.Fatalf("no verdict for line %d", i+1)
			}
			fast := verdictOf(t, got[0])
			if !reflect.DeepEqual(fast, want) {
				t.Fatalf("line %d: %q\ngot  %v\nwant %v", i+1, lines[i], fast, want)
			}
			got = got[1:]
		}
		if len(got) > 0 || counts["authentic"] < 150 || counts["not_authentic"] < 50 || counts[""] < 50 {
			t.Errorf("%d verdicts too many; %v", len(got), counts)
		}
	}
}
