package payload

import (
	"errors"
	"strings"
	"testing"
)

func TestShareLabels(t *testing.T) {
	const src = `["${uuid#a}","${uuid}"]`
	g := testGenerator(1)
	first, second := g.Payload(1), g.Payload(2)
	second.ShareLabels(first)
	a, _, _ := strings.Cut(render(t, src, first), ",")
	b, own, _ := strings.Cut(render(t, src, second), ",")
	if a != b {
		t.Errorf("the label stands for %s and for %s", a, b)
	}
	if _, other, _ := strings.Cut(render(t, src, g.Payload(2)), ","); own != other {
		t.Errorf("what has no label is %s, alone %s", own, other)
	}
	if first := render(t, src, first); strings.Contains(first, own) {
		t.Errorf("%s is in both payloads", own)
	}
}

func TestSteps(t *testing.T) {
	p := testGenerator(1).Payload(1)
	p.Step = func(ref string) ([]byte, error) {
		if ref == "1.body.none" {
			return nil, errors.New("there is none")
		}
		return []byte(map[string]string{"1.body.n": "1.50", "a.message_id": `"x\"y"`, "a.body.o": `{ "k": 1 }`}[ref]), nil
	}
	for src, want := range map[string]string{
		`{"a":"${steps.1.body.n}","b":"${steps.1.body.n} EUR","c":"${steps.a.body.o}"}`: `{"a":1.50,"b":"1.50 EUR","c":{"k":1}}`,
		`["<${steps.a.message_id}>"]`: `["<x\"y>"]`,
	} {
		if got := render(t, src, p); got != want {
			t.Errorf("%s became %s, want %s", src, got, want)
		}
	}
	for src, want := range map[string]string{
		`["${steps.1.body.none}"]`: `f:1: ${steps.1.body.none}: there is none`,
		`["x${steps.a.body.o}"]`:   "cannot stand inside a text",
		`["${steps}"]`:             "needs a step",
	} {
		template, err := Parse("f", []byte(src))
		if err == nil {
			_, err = template.Append(nil, p)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
	p.Step = nil
	template, err := Parse("f", []byte(`["${steps.1.body.n}"]`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Append(nil, p); err == nil || !strings.Contains(err.Error(), "only a flow has steps") {
		t.Errorf("without steps: %v", err)
	}
}

func TestFind(t *testing.T) {
	const body = ` {"data": {"id": 1.0, "list": [ {"a": "b"} ]}} `
	for path, want := range map[string]string{"data.id": "1.0", "data.list[0].a": `"b"`, "data.list": `[ {"a": "b"} ]`} {
		if got, err := Find([]byte(body), path); string(got) != want || err != nil {
			t.Errorf("%s is %s, %v", path, got, err)
		}
	}
	var pathErr *PathError
	if _, err := Find([]byte(body), "data.ids"); !errors.As(err, &pathErr) || pathErr.Near[0] != "data.id" || pathErr.Hint() != "data has id, list" {
		t.Errorf("data.ids: %v", err)
	}
	if _, err := Find([]byte(body), "a..b"); !errors.As(err, &pathErr) {
		t.Errorf("a..b: %v", err)
	}
	if _, err := Find([]byte("a=b"), "a"); !errors.Is(err, ErrNotJSON) {
		t.Errorf("not JSON: %v", err)
	}
}
