package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// noon is in a zone of its own, to show that what is written is UTC.
var noon = time.Date(2025, 3, 4, 13, 15, 0, 120_345_678, time.FixedZone("", 5*3600))

func testGenerator(seed uint64) *Generator {
	return &Generator{
		Seed: FixedSeed(seed),
		Now:  func() time.Time { return noon },
		LookupEnv: func(name string) (string, error) {
			if name == "STAGE" {
				return "a \"b\"\n<c>", nil
			}
			return "", fmt.Errorf("%s is not set", name)
		},
	}
}

func render(t *testing.T, src string, p *Payload) string {
	t.Helper()
	template, err := Parse("sample.json", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	out, err := template.Append(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out) {
		t.Fatalf("%s\nbecame %s\nwhich is not JSON", src, out)
	}
	return string(out)
}

func TestExactValues(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"time", `"${now}"`, `"2025-03-04T08:15:00Z"`},
		{"time in milliseconds", `"${now:ms}"`, `"2025-03-04T08:15:00.120Z"`},
		{"time with an offset", `"${now:offset}"`, `"2025-03-04T08:15:00+00:00"`},
		{"day", `"${now:date}"`, `"2025-03-04"`},
		{"unix is a number", `"${now:unix}"`, `1741076100`},
		{"unix milliseconds", `"${now:unixms}"`, `1741076100120`},
		{"unix with a fraction", `"${now:unixfraction}"`, `1741076100.120345`},
		{"a fraction shifted", `"${now:-1ms:unixfraction}"`, `1741076100.119345`},
		{"unix as a string", `"${now:unix:text}"`, `"1741076100"`},
		{"unix milliseconds as a string", `"${now:text:-1s:unixms}"`, `"1741076099120"`},
		{"time without a zone", `"${now:local}"`, `"2025-03-04T08:15:00"`},
		{"time as in mail", `"${now:rfc2822}"`, `"Tue, 04 Mar 2025 08:15:00 +0000"`},
		{"unix inside a text", `"t=${now:unix}"`, `"t=1741076100"`},
		{"later", `"${now:+24h}"`, `"2025-03-05T08:15:00Z"`},
		{"earlier", `"${now:-30m}"`, `"2025-03-04T07:45:00Z"`},
		{"days", `"${now:+30d}"`, `"2025-04-03T08:15:00Z"`},
		{"days and hours", `"${now:-1d12h}"`, `"2025-03-02T20:15:00Z"`},
		{"shift, then form", `"${now:+24h:unix}"`, `1741162500`},
		{"form, then shift", `"${now:unix:+24h}"`, `1741162500`},
		{"sequence", `["${seq}","n${seq}"]`, `[7,"n7"]`},
		{"event", `"${event}"`, `"tier_config_request.draft"`},
		{"event class", `"${event:class}"`, `"tier_config_request"`},
		{"event action", `"${event:action}"`, `"draft"`},
		{"environment is escaped", `"${env:STAGE}"`, `"a \"b\"\n<c>"`},
		{"body value", `"${body:product.id}"`, `"PRD-1 "`},
		{"body number keeps its text", `"${body:price}"`, `1.50`},
		{"body object, compact", `"${body:product}"`, `{"id":"PRD-1 "}`},
		{"body inside a text", `"for ${body:product.id} at ${body:price}"`, `"for PRD-1  at 1.50"`},
		{"first path that exists", `"${body:asset.product.id|product.id}"`, `"PRD-1 "`},
		{"one to pick", `"${pick:a \"quoted\"}"`, `"a \"quoted\""`},
		{"colons are allowed in what is picked", `"${pick:10:30}"`, `"10:30"`},
		{"int with one possibility", `"${int:-3:-3}"`, `-3`},
		{"int as text", `"${int:-3:-3:text}"`, `"-3"`},
		{"int as text in text", `"x${int:7:7:text}"`, `"x7"`},
		{"literal", `"$${uuid} $$ $"`, `"${uuid} $$ $"`},
		{"dollar in front of a placeholder", `"\u0024${int:5:5}"`, `"\u00245"`},
		{"escapes are kept", `"\u00e9\/\\${seq}"`, `"\u00e9\/\\7"`},
		{"a key is always text", `{"${seq}": "${seq}"}`, `{"7":7}`},
		{"white space goes, order and numbers stay", "{ \"b\" : 1.0 ,\r\n\t\"a\":[ 1e9 , 12345678901234567890, -0 ], \"s\": \" x \" }\n",
			`{"b":1.0,"a":[1e9,12345678901234567890,-0],"s":" x "}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := testGenerator(1).Payload(7)
			p.Event = "tier_config_request.draft"
			p.Body = []byte(` {"price": 1.50, "product": { "id" : "PRD-1 " }} `)
			if got := render(t, tt.src, p); got != tt.want {
				t.Errorf("%s became %s, want %s", tt.src, got, tt.want)
			}
		})
	}
}

func TestRandomValues(t *testing.T) {
	tests := []struct{ src, want string }{
		{`"${uuid}"`, `^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$`},
		{`"${digits:6}"`, `^"[0-9]{6}"$`},
		{`"PRD-${digits:3-4_2}"`, `^"PRD-[0-9]{3}-[0-9]{4}_[0-9]{2}"$`},
		{`"${hex:16}"`, `^"[0-9a-f]{16}"$`},
		{`"${alnum:300}"`, `^"[0-9A-Za-z]{300}"$`},
		{`"${int:1:100}"`, `^([1-9]|[1-9][0-9]|100)$`},
		{`"${int:-9223372036854775808:9223372036854775806}"`, `^-?[0-9]+$`},
		{`"${bool}"`, `^(true|false)$`},
		{`"is ${bool}"`, `^"is (true|false)"$`},
		{`"${pick:x|y|z}"`, `^"[xyz]"$`},
		{`"${fake:amount}"`, `^[1-9][0-9]{2,4}$`},
		{`"${fake:price}"`, `^[1-9][0-9]{0,2}\.[0-9]?[1-9]$`},
		{`"USD ${fake:price}"`, `^"USD [1-9][0-9.]+"$`},
		{`"${fake:email}"`, `^"[a-z]+\.[a-z]+@[a-z]+-[a-z]+\.example"$`},
		{`"${fake:ipv4}"`, `^"(192\.0\.2|198\.51\.100|203\.0\.113)\.[0-9]+"$`},
		{`"${fake:ipv6}"`, `^"2001:db8::[0-9a-f]{4}"$`},
		{`"${fake:sentence}"`, `^"[A-Z][a-z]+( [a-z]+){4,9}\."$`},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			want, seen := regexp.MustCompile(tt.want), map[string]bool{}
			for seed := range uint64(200) {
				got := render(t, tt.src, testGenerator(seed).Payload(1))
				if !want.MatchString(got) {
					t.Fatalf("%s became %s, want %s", tt.src, got, tt.want)
				}
				seen[got] = true
			}
			if len(seen) < 2 {
				t.Errorf("%s became %v with all of 200 seeds", tt.src, seen)
			}
		})
	}
}

func TestSeedRepeats(t *testing.T) {
	src := `["${uuid}","${uuid}","${fake:name}","${digits:20}"]`
	first := render(t, src, testGenerator(7).Payload(1))
	if again := render(t, src, testGenerator(7).Payload(1)); again != first {
		t.Errorf("equal seeds made\n%s\nand\n%s", first, again)
	}
	for name, other := range map[string]*Payload{
		"the next payload": testGenerator(7).Payload(2),
		"another seed":     testGenerator(8).Payload(1),
	} {
		if got := render(t, src, other); got == first {
			t.Errorf("%s is the same: %s", name, got)
		}
	}
	// These bytes are a promise to those who keep a seed in a script.
	want := `["f68c1304-646c-423e-8082-ec63d2b657e0","433797b1-ac5f-41b7-9e60-cd9dd1d5141d","Rosa Hoffmann","43008137734570326566"]`
	if first != want {
		t.Errorf("seed 7 made\n%s\nwant\n%s", first, want)
	}
}

func TestValuesAreFreshWithinAPayload(t *testing.T) {
	var ids []string
	src := `["${uuid}","${uuid}","${uuid}"]`
	if err := json.Unmarshal([]byte(render(t, src, testGenerator(1).Payload(1))), &ids); err != nil {
		t.Fatal(err)
	}
	if ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == ids[2] {
		t.Errorf("placeholders without a label made the same value: %q", ids)
	}
}

// Two samples of one payload, such as a body and the claims about it, agree on
// what has a label and on nothing else.
func TestLabelsAcrossTemplates(t *testing.T) {
	p := testGenerator(1).Payload(1)
	var a, b []string
	if err := json.Unmarshal([]byte(render(t, `["${uuid#x}","${uuid}"]`, p)), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(render(t, `["${uuid#x}", "${uuid}"]`, p)), &b); err != nil {
		t.Fatal(err)
	}
	if a[0] != b[0] {
		t.Errorf("${uuid#x} is %s and %s", a[0], b[0])
	}
	if a[1] == b[1] {
		t.Errorf("${uuid} is %s in both", a[1])
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"unknown placeholder", "{\n  \"id\": \"${uid}\"\n}", "sample.json:2: unknown placeholder ${uid}; near: uuid"},
		{"nothing near", `"${frobnicate}"`, "sample.json:1: unknown placeholder ${frobnicate}; there are uuid, now, seq,"},
		{"empty", `"${}"`, "sample.json:1: unknown placeholder ${}; there are"},
		{"unknown fake", "[\n\n\"a ${fake:emial} b\"]", `sample.json:3: ${fake:emial}: "emial" is not a kind of sample data; near: email`},
		{"unknown time form", `"${now:unxi}"`, `"unxi" is neither a form of time nor a shift like +24h; near: unix`},
		{"bad shift", `"${now:+2w}"`, `"+2w" is not a shift`},
		{"bare sign", `"${now:+}"`, `"+" is not a shift`},
		{"double sign", `"${now:+-2h}"`, `"+-2h" is not a shift`},
		{"too far", `"${now:+40000d}"`, `is not a shift of at most 100 years`},
		{"two shifts", `"${now:+1h:+1h}"`, "one shift and one form"},
		{"two forms", `"${now:ms:unix}"`, "one shift and one form"},
		{"text of a text", `"${now:date:text}"`, "behind unix, unixms or unixfraction"},
		{"text alone", `"${now:text}"`, "behind unix, unixms or unixfraction"},
		{"text twice", `"${now:unix:text:text}"`, "takes text once"},
		{"label where none belongs", `"${now#x}"`, "now takes no label"},
		{"empty label", `"${uuid#}"`, "empty label"},
		{"no end", `"a ${uuid"`, "sample.json:1: ${ without }"},
		{"no length", `"${digits}"`, "needs a length from 1 to 4096"},
		{"bad group", `"${digits:3--3}"`, "needs a length from 1 to 4096"},
		{"too long", `"${hex:5000}"`, "needs a length from 1 to 4096"},
		{"too long in groups", `"${digits:4000-4000}"`, "at most 4096"},
		{"empty range", `"${int:5:1}"`, "5 to 1 is not a range"},
		{"half a range", `"${int:5}"`, "needs two whole numbers"},
		{"nothing to pick", `"${pick:}"`, "needs texts to pick from"},
		{"argument where none belongs", `"${uuid:4}"`, "takes nothing after its name"},
		{"env without a name", `"${env:}"`, "needs the name of a variable"},
		{"body without a path", `"${body:}"`, "needs a path"},
		{"bad part of the event", `"${event:kind}"`, "there are class and action"},
		{"not JSON", "{\n\"a\": 1,\n}", "sample.json:3: not valid JSON: invalid character '}'"},
		{"bare placeholder", "{\n\"a\": ${seq}\n}", `sample.json:2: not valid JSON: invalid character '$' looking for beginning of value; a placeholder stands in a string, as "${seq}"`},
		{"cut off", "{\"a\":\n1", "sample.json:2: not valid JSON: unexpected end of JSON input"},
		{"comment", "{\n// no\n}", "sample.json:2: not valid JSON"},
		{"empty file", "\n", "sample.json:1: not valid JSON: it is empty"},
		{"byte order mark", "\ufeff{}", "sample.json:1: not valid JSON: it begins with a byte order mark"},
		{"too deep", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "exceeded max depth"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("sample.json", []byte(tt.src))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAppendErrors(t *testing.T) {
	allowed := testGenerator(1).LookupEnv
	tests := []struct {
		name, src, body string
		lookupEnv       func(string) (string, error)
		want            string
	}{
		{"variable not set", "[\n\"${env:TOKEN}\"]", "", allowed, "sample.json:2: ${env:TOKEN}: TOKEN is not set"},
		{"environment not allowed", `"${env:STAGE}"`, "", nil, "may not be read"},
		{"path that the body lacks", `"${body:a.b|c}"`, `{"a":1}`, nil, "sample.json:1: ${body:a.b|c}: the body has no a.b and no c"},
		{"no body", `"${body:a}"`, "", nil, "the body is not valid JSON: it is empty"},
		{"object inside a text", `"x ${body:o}"`, `{"o":{}}`, nil, "cannot stand inside a text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			template, err := Parse("sample.json", []byte(tt.src))
			if err != nil {
				t.Fatal(err)
			}
			g := testGenerator(1)
			g.LookupEnv = tt.lookupEnv
			p := g.Payload(1)
			p.Body = []byte(tt.body)
			if _, err = template.Append(nil, p); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRandomSeed(t *testing.T) {
	a, err := RandomSeed(strings.NewReader("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := RandomSeed(strings.NewReader("0123456789abcdeg"))
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two sources made one seed")
	}
	if _, err := RandomSeed(strings.NewReader("short")); err == nil {
		t.Error("half a seed was taken")
	}
}

// A hundred thousand ids of a seeded run must differ, or receivers that
// recognise repeated deliveries drop some.
func TestIDsDoNotRepeat(t *testing.T) {
	template, err := Parse("sample.json", []byte(`"${hex:16}"`))
	if err != nil {
		t.Fatal(err)
	}
	g, seen := testGenerator(1), map[string]bool{}
	for n := 1; n <= 100_000; n++ {
		out, err := template.Append(nil, g.Payload(n))
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(out)] {
			t.Fatalf("payload %d repeats %s", n, out)
		}
		seen[string(out)] = true
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	template, err := Parse("sample.json", []byte(`{"a":"${seq}"}`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := template.Append([]byte("before "), testGenerator(1).Payload(3))
	if err != nil || !bytes.Equal(out, []byte(`before {"a":3}`)) {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestEnvErrorIsWrapped(t *testing.T) {
	refused := errors.New("refused")
	g := testGenerator(1)
	g.LookupEnv = func(string) (string, error) { return "", refused }
	template, err := Parse("sample.json", []byte(`"${env:X}"`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Append(nil, g.Payload(1)); !errors.Is(err, refused) {
		t.Errorf("got %v, want one that wraps %v", err, refused)
	}
}
