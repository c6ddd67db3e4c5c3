package flow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/webhook"
)

const sample = `title: a sign-up
provider: saas
steps:
  - id: signup
    event: user.created
  - event: invoice.paid
    wait: 1500ms
    expect: [200, 4xx]
    retry: true
    remove: data.status
    add:
      data.note: "for ${steps.signup.body.data.name}"
    override:
      data.user_id: ${steps.1.body.data.user_id}
      data.amount: 10.50
      data.currency: !!str USD
      data.list: [1, {a: ~, b: true}, "${steps.signup.message_id}"]
  - event: other
    provider: acme
    variant: [a, b]
    data:
      from: ${steps.2.event}
      whole: ${steps.signup.body.data}
`

func values(done Done) *payload.Payload {
	g := payload.Generator{Now: func() time.Time { return time.Unix(1, 0) }}
	v := g.Payload(1)
	v.Step = done.Value
	return v
}

func TestFlow(t *testing.T) {
	f, err := Parse("f.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	s := f.Steps[1]
	if f.Title != "a sign-up" || f.Provider != "saas" || len(f.Steps) != 3 || s.Wait != 1500*time.Millisecond || !s.Retry || s.Line != 6 || s.Number != 2 {
		t.Errorf("%+v", f)
	}
	status := func(n int) *webhook.Attempt { return &webhook.Attempt{Status: n} }
	if got := s.Wanted(nil); got != "200 or 4xx" || !s.Wants(status(200)) || !s.Wants(status(451)) || s.Wants(status(201)) {
		t.Errorf("wanted is %s", got)
	}
	first := &f.Steps[0]
	if first.Wanted(nil) != "2xx" || first.Wanted(webhook.Answers{"200", "202"}) != "200 or 202" || !first.Wants(status(204)) || first.Wants(status(302)) || first.Wants(&webhook.Attempt{Status: 200, Error: "timeout"}) {
		t.Errorf("wanted is %s without any", first.Wanted(nil))
	}

	done := Done{{Step: &f.Steps[0], Event: "user.created", MessageID: `m"1`, Body: []byte(`{"data":{"name":"O \"K\"","user_id":"u1", "n": 1.0}}`)}}
	data, edits, err := s.Render(values(done))
	if err != nil || data != nil {
		t.Fatal(data, err)
	}
	want := []payload.Edit{
		{Op: payload.Override, Path: "data.user_id", Value: `"u1"`},
		{Op: payload.Override, Path: "data.amount", Value: "10.50"},
		{Op: payload.Override, Path: "data.currency", Value: `"USD"`},
		{Op: payload.Override, Path: "data.list", Value: `[1,{"a":null,"b":true},"m\"1"]`},
		{Op: payload.Add, Path: "data.note", Value: `"for O \"K\""`},
		{Op: payload.Remove, Path: "data.status"},
	}
	if len(edits) != len(want) {
		t.Fatalf("got %q", edits)
	}
	for i := range want {
		if edits[i] != want[i] {
			t.Errorf("edit %d is %q, want %q", i, edits[i], want[i])
		}
	}
	if got := s.LineOf("data.currency"); got != 16 {
		t.Errorf("data.currency is in line %d", got)
	}

	done = append(done, Sent{Step: &f.Steps[1], Event: "invoice.paid"})
	data, _, err = f.Steps[2].Render(values(done))
	if got := string(data); err != nil || got != `{"from":"invoice.paid","whole":{"name":"O \"K\"","user_id":"u1","n":1.0}}` {
		t.Errorf("data is %s, %v", got, err)
	}
}

// A reference to what the body has not says which paths it has.
func TestUnknownPath(t *testing.T) {
	f, err := Parse("f.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"data":{"name":"x","userid":"u1"}}`: "f.yaml:14: override data.user_id: ${steps.1.body.data.user_id}: the body has no such path; near: data.userid; data has name, userid",
		`a=b`:                                 "f.yaml:14: override data.user_id: ${steps.1.body.data.user_id}: its body is not JSON",
	} {
		_, _, err = f.Steps[1].Render(values(Done{{Step: &f.Steps[0], Body: []byte(body)}}))
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const two = "steps:\n- id: a\n  event: e\n- event: e\n"
	tests := []struct{ name, src, want, hint string }{
		{"nothing", "", "f.yaml: the file is empty", "a flow has steps:"},
		{"no steps", "title: x\n", "f.yaml:1: the flow has no steps", "steps: is a list"},
		{"no list", "steps: {event: e}", "f.yaml:1: steps is a list", "dash"},
		{"not YAML", "steps:\n- event: @e\n", "f.yaml:2: found character", ""},
		{"a text", "hello", "f.yaml:1: a flow is a mapping", "a flow has title, provider, variant, steps"},
		{"unknown key", "setps: []\n", `f.yaml:1: a flow has no key "setps"`, "did you mean steps?"},
		{"unknown key of a step", "steps:\n- event: e\n  overide: {a: 1}\n", `f.yaml:3: a step has no key "overide"`, "did you mean override?"},
		{"a target", "steps:\n- event: e\n  to: http://x/\n", `f.yaml:3: a step has no key "to"`, "a step has id, event"},
		{"twice", "steps:\n- event: e\n  event: e\n", `f.yaml:3: a step has the key "event" twice`, ""},
		{"no event", "steps:\n- id: a\n", "f.yaml:2: step 1 has no event", "whk events"},
		{"bad id", "steps:\n- event: e\n  id: 1a\n", `f.yaml:3: id "1a"`, ""},
		{"an id twice", two + "  id: a\n", `f.yaml:5: id "a" is that of step 1 already`, ""},
		{"wait", two + "  wait: 5\n", `f.yaml:5: wait: "5" is not a duration`, ""},
		{"negative wait", two + "  wait: -5s\n", `f.yaml:5: wait: "-5s" is not a duration`, ""},
		{"expect", two + "  expect: [200, 6xx]\n", `f.yaml:5: expect: "6xx" is not a status`, ""},
		{"retry", two + "  retry: often\n", `f.yaml:5: retry is true or false, not "often"`, ""},
		{"file outside", two + "  data: '@../x'\n", `f.yaml:5: data: "@../x" is not such a file`, "beside the flow"},
		{"bad path", two + "  override: {a..b: 1}\n", "f.yaml:5: override: path \"a..b\": an empty key", ""},
		{"no mapping", two + "  add: [a]\n", "f.yaml:5: add is a mapping", ""},
		{"placeholder", two + "  add:\n    x: 1\n    y: ${uiid}\n", "f.yaml:7: add y: unknown placeholder ${uiid}; near: uuid", ""},
		{"placeholder inside", two + "  data:\n    x: 1\n    y:\n    - ${fake:nam}\n", "f.yaml:8: data: ${fake:nam}: \"nam\" is not a kind", ""},
		{"number", two + "  add: {x: 0x10}\n", "f.yaml:5: add x: 0x10 is not a number in JSON", ""},
		{"alias", two + "  data: [&a 1, *a]\n", "f.yaml:5: data: an alias is not allowed", ""},
		{"unknown step", two + "  add: {x: '${steps.b.body.y}'}\n", `f.yaml:5: add x: ${steps.b.body.y}: there is no step "b" before this one; there are a`, ""},
		{"near step", "steps:\n- id: register\n  event: e\n- event: e\n  add:\n    x: ${steps.regsiter.event}\n", `f.yaml:6: add x: ${steps.regsiter.event}: there is no step "regsiter" before this one; near: register`, ""},
		{"itself", two + "  id: b\n  add: {x: '${steps.b.event}'}\n", `"b" is this step itself`, ""},
		{"a later one", two + "  add: {x: '${steps.3.event}'}\n- event: e\n", `there is no step "3" before this one`, ""},
		{"first step", "steps:\n- event: e\n  add: {x: '${steps.0.event}'}\n", "there is no step before this one", ""},
		{"unknown field", two + "  add: {x: '${steps.a.data.id}'}\n", "of a step there are a.body.PATH, a.event and a.message_id", ""},
		{"no path", two + "  add: {x: '${steps.a.body.}'}\n", "of a step there are a.body.PATH", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.src))
			var e *FileError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a FileError", err)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("got  %v (%s)\nwant %s (%s)", err, e.Hint, tt.want, tt.hint)
			}
		})
	}
	if _, err := Parse("f.yaml", []byte("title: "+strings.Repeat("x", MaxFile))); err == nil {
		t.Error("a file of a megabyte was read")
	}
}

// Whatever a file holds, reading it ends with a flow or a FileError.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("steps:\n- event: e\n  data: [&a {x: ${now}}, !!binary aGk=]\n"))
	f.Add([]byte("steps: [{event: e, override: {a: '$${steps.x}', b: \"${steps.1.body\"}}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		flow, err := Parse("f.yaml", src)
		if err != nil {
			if _, ok := errors.AsType[*FileError](err); !ok {
				t.Errorf("%q: %v is no FileError", src, err)
			}
			return
		}
		var done Done
		for i := range flow.Steps {
			s := &flow.Steps[i]
			s.Render(values(done)) // refusing is fine
			done = append(done, Sent{Step: s, Event: s.Event, Body: []byte(`{"a":{"b":[1]}}`)})
		}
	})
}
