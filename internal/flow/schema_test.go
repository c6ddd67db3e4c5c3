package flow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"
)

func readSchema(t *testing.T) (*jsonschema.Schema, *jsonschema.Resolved) {
	t.Helper()
	src, err := os.ReadFile("../../docs/flow.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(src, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &s, resolved
}

// takes reports whether the schema takes a file.
func takes(t *testing.T, schema *jsonschema.Resolved, src []byte) bool {
	t.Helper()
	var doc any
	if yaml.Unmarshal(src, &doc) != nil {
		return false
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return false
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v) == nil
}

// The schema takes the samples and what the documents show, and refuses what whk
// refuses for its form.
func TestSchema(t *testing.T) {
	_, schema := readSchema(t)
	files, err := filepath.Glob("../../fixtures/*/flows/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !takes(t, schema, src) {
			t.Errorf("the schema refuses %s", file)
		}
	}
	if !takes(t, schema, []byte(sample)) {
		t.Error("the schema refuses a flow that has every key")
	}
	for _, src := range []string{"", "title: x\n", "steps: {event: e}", "setps: []\n", "steps: []\n", "steps:\n- id: a\n",
		"steps:\n- event: e\n  overide: {a: 1}\n", "steps:\n- event: e\n  to: http://x/\n", "steps:\n- event: e\n  id: 1a\n",
		"steps:\n- event: e\n  wait: 5\n", "steps:\n- event: e\n  wait: -5s\n", "steps:\n- event: e\n  expect: [200, 6xx]\n",
		"steps:\n- event: e\n  retry: often\n", "steps:\n- event: e\n  add: [a]\n"} {
		if _, err := Parse("f.yaml", []byte(src)); err == nil {
			t.Errorf("whk takes %q", src)
		}
		if takes(t, schema, []byte(src)) {
			t.Errorf("the schema takes %q", src)
		}
	}
}

// Schema, page and code have the same keys.
func TestKeysAreDocumented(t *testing.T) {
	schema, _ := readSchema(t)
	page, err := os.ReadFile("../../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, keys := range map[string][]string{"the file": fileKeys, "a step": stepKeys} {
		properties := schema.Properties
		if what == "a step" {
			properties = schema.Defs["step"].Properties
		}
		for _, key := range keys {
			if properties[key] == nil {
				t.Errorf("the schema has no %q of %s", key, what)
			}
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("the page does not explain %q of %s", key, what)
			}
		}
		for key := range properties {
			if !slices.Contains(keys, key) {
				t.Errorf("the schema has %q of %s, whk has not", key, what)
			}
		}
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if f, err := Parse("flows.md", []byte(example)); err != nil || len(f.Steps) != 3 {
		t.Errorf("the example on the page: %v", err)
	}
}
