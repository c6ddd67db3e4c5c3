package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
)

const schemaFile = "../../docs/provider.schema.json"

func readSchema(t *testing.T) (*jsonschema.Schema, *jsonschema.Resolved) {
	t.Helper()
	src, err := os.ReadFile(schemaFile)
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

// fromYAML is a file as a JSON parser would have it.
func fromYAML(t *testing.T, text string) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	src, err := json.Marshal(stringKeys(doc))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// stringKeys turns YAML's numbers as keys, such as 409, into texts.
func stringKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := map[string]any{}
		for k, item := range v {
			m[fmt.Sprint(k)] = stringKeys(item)
		}
		return m
	case map[string]any:
		for k, item := range v {
			v[k] = stringKeys(item)
		}
	case []any:
		for i, item := range v {
			v[i] = stringKeys(item)
		}
	}
	return v
}

// Whatever whk takes, the published schema takes.
func TestSchemaTakesEveryProvider(t *testing.T) {
	_, schema := readSchema(t)
	files := map[string]string{}
	r := NewRegistry()
	for _, name := range r.Names() {
		src, err := load(t, name).File(providerFile)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(src)
	}
	for _, c := range schemes {
		files["scheme "+c.name] = "name: own\n" + c.yaml + "\n"
	}
	for i, text := range handshakes {
		files[fmt.Sprint("handshake ", i)] = "name: own\nsignature: {header: X, algorithm: static}\nhandshake:\n  - " + text + "\n"
	}
	for i, text := range deliveries {
		files[fmt.Sprint("delivery ", i)] = "name: own\nsignature: {header: X, algorithm: static}\ndelivery: " + text + "\n"
	}
	for name, text := range files {
		if err := schema.Validate(fromYAML(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What whk refuses, the schema refuses.
func TestSchemaRefuses(t *testing.T) {
	_, schema := readSchema(t)
	const good = "name: own\nsignature: {header: X-Own, algorithm: hmac-sha256}\n"
	if err := schema.Validate(fromYAML(t, good)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"name: own\n",
		"signature: {header: X, algorithm: static}\n",
		"name: own\nsignature: {header: X, algorithm: md5}\n",
		"name: own\nsignature: {header: X, algorithm: static, algoritm: static}\n",
		"name: own\nsignature: {header: X, algorithm: static, or: [{header: Y, or: []}]}\n",
		"name: own\nsignature: {header: X, algorithm: static, or: [{hedaer: Y}]}\n",
		"name: own\nsignature: {header: X, algorithm: static, key: rot13}\n",
		"name: own\nsignature: {header: X, algorithm: static, grammar: csv}\n",
		"name: own\nsignature: {header: X, algorithm: static, timestamp: {from: somewhere}}\n",
		"name: own\nsignature: {header: X, algorithm: static, timestamp: {from: 'header:T', past: soon}}\n",
		"name: own\nsignature: {header: X, algorithm: static, guards: [{header: A}]}\n",
		"name: own\nsignature: {header: X, algorithm: static, guards: [{header: A, query: B, is: c}]}\n",
		"name: own\nsignature: {header: X, algorithm: static, from: 'cookie:x'}\n",
		"name: own\nsignature: {header: X, algorithm: static, key_bytes: {least: 3}}\n",
		good + "sigature: {}\n",
		good + "event: {type: body.event}\n",
		good + "event: {type: [{place: 'json:a'}]}\n",
		good + "delivery: {timeout: 5}\n",
		good + "delivery: {backof: {}}\n",
		good + "delivery: {success: 6xx}\n",
		good + "delivery: {retry: [5xx, never]}\n",
		good + "delivery: {final: gone}\n",
		good + "delivery: {attempts: 1001}\n",
		good + "delivery: {every: 5s, backoff: {first: 5s, factor: 2}}\n",
		good + "delivery: {every: 5s, waits: [5s]}\n",
		good + "delivery: {backoff: {first: 5s}}\n",
		good + "delivery: {backoff: {first: 5s, factor: 0.5}}\n",
		good + "delivery: {waits: []}\n",
		good + "delivery: {waits: [5]}\n",
		good + "delivery: {jitter: 2}\n",
		good + "delivery: {on: {gone: {every: 5s}}}\n",
		good + "delivery: {assumed: [tiemout]}\n",
		good + "request: {encoding: xml}\n",
		good + "checks: [{present: [a], time: b}]\n",
		good + "secret: {encoding: rot13}\n",
		good + "events: {a: {titel: x}}\n",
		good + "variants: {a: {signature: {algoritm: x}}}\n",
		good + "variants: {a: {name: x}}\n",
		good + "handshake: [{answer: {}}]\n",
		good + "handshake: [{when: {json: a, query: b}}]\n",
		good + "handshake: [{when: {json: a}, answer: {status: 99}}]\n",
		good + "handshake: [{when: {json: a}, answer: {status: 302}}]\n",
		good + "handshake: [{when: {json: a}, answer: {type: text/html}}]\n",
		good + "answers: [{body: a}]\n",
		good + "answers: [{event: a, type: image/svg+xml}]\n",
	} {
		if err := schema.Validate(fromYAML(t, text)); err == nil {
			t.Errorf("taken:\n%s", text)
		}
	}
}

// The schema's keys and names are those of the code.
func TestSchemaKeysAreTheCodes(t *testing.T) {
	schema, _ := readSchema(t)
	compare := func(where string, typ reflect.Type, s *jsonschema.Schema, besides ...string) {
		t.Helper()
		fields := map[string]reflect.Type{}
		addFields(fields, typ)
		want := slices.Sorted(maps.Keys(fields))
		want = append(want, besides...)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the code %v", where, got, want)
		}
	}
	property := func(s *jsonschema.Schema, path string) *jsonschema.Schema {
		for name := range strings.SplitSeq(path, ".") {
			switch {
			case name == "items":
				s = s.Items
			case name == "*":
				s = s.AdditionalProperties
			case s.Properties[name] != nil:
				s = s.Properties[name]
			default:
				t.Fatalf("%s: no %s in the schema", path, name)
			}
		}
		return s
	}
	defs := schema.Defs
	compare("the file", reflect.TypeFor[Provider](), schema)
	compare("signature", reflect.TypeFor[Signature](), defs["signature"])
	compare("an alternative", reflect.TypeFor[signing.Spec](), defs["spec"])
	compare("a condition", reflect.TypeFor[Condition](), defs["condition"])
	compare("an answer", reflect.TypeFor[Answer](), defs["answer"])
	compare("an answer to an event type", reflect.TypeFor[EventAnswer](), defs["answers"].Items)
	compare("a rule", reflect.TypeFor[Rule](), defs["rule"].AnyOf[1])
	for path, typ := range map[string]reflect.Type{
		"timestamp": reflect.TypeFor[signing.ClockSpec](), "guards.items": reflect.TypeFor[signing.Guard](),
		"claims": reflect.TypeFor[signing.ClaimsSpec](), "claims.expires": reflect.TypeFor[signing.ExpiresSpec](), "key_bytes": reflect.TypeFor[signing.Range](),
	} {
		compare(path, typ, property(defs["spec"], path))
		compare(path, typ, property(defs["signature"], path))
	}
	for path, typ := range map[string]reflect.Type{
		"recognise": reflect.TypeFor[Recognise](), "secret": reflect.TypeFor[SecretFormat](), "event": reflect.TypeFor[EventPlaces](),
		"checks.items": reflect.TypeFor[Check](), "request": reflect.TypeFor[RequestShape](), "delivery": reflect.TypeFor[DeliveryPolicy](), "endpoint": reflect.TypeFor[EndpointShape](),
		"delivery.backoff": reflect.TypeFor[Backoff](), "delivery.on.*": reflect.TypeFor[OnStatus](), "events.*": reflect.TypeFor[EventInfo](),
		"handshake.items": reflect.TypeFor[Handshake](),
	} {
		compare(path, typ, property(schema, path))
	}
	variant := maps.Clone(schema.Properties)
	delete(variant, "name")
	delete(variant, "variants")
	if got, want := slices.Sorted(maps.Keys(defs["variant"].Properties)), append(slices.Sorted(maps.Keys(variant)), "default"); len(got) != len(want) {
		t.Errorf("a variant has %v, the file %v", got, want)
	}
	var algorithms []any
	for _, name := range signing.Algorithms() {
		algorithms = append(algorithms, name)
	}
	if got := property(defs["spec"], "algorithm").Enum; !reflect.DeepEqual(got, algorithms) {
		t.Errorf("algorithms %v, the code has %v", got, algorithms)
	}
}

// handshakes are those that are in use.
var handshakes = []string{
	`{when: {json: type, is: url_verification}, signed: true, answer: {body: "${json:challenge}"}}`,
	`{when: {json: event, is: endpoint.url_validation}, signed: true, answer: {json: {plainToken: "${json:payload.plainToken}", encryptedToken: "${hmac:json:payload.plainToken}"}}}`,
	`{method: GET, when: [{query: hub.mode, is: subscribe}, {query: hub.challenge}], answer: {body: "${query:hub.challenge}"}}`,
	`{method: GET, when: {query: challenge}, answer: {type: text/plain, body: "${query:challenge}", headers: {X-Content-Type-Options: nosniff}}}`,
	`{when: {header: Message-Type, is: verification}, signed: true, answer: {body: "${json:challenge}"}}`,
	`{method: GET, when: {query: hub.verify_token}, token: "query:hub.verify_token"}`,
	`{when: {header: X-Hook-Secret}, keep: "header:X-Hook-Secret", answer: {headers: {X-Hook-Secret: "${header:X-Hook-Secret}"}}}`,
	`{when: {json: verification_token}, keep: "json:verification_token", answer: {}}`,
	`{when: {json: type, is: "1"}, signed: true, answer: {json: {type: 1}}}`,
	`{method: HEAD, answer: {status: 200}}`,
	`{when: {form: webhook_id}, answer: {status: 204}}`,
}

func TestHandshakes(t *testing.T) {
	for _, text := range handshakes {
		folderOf(t, "signature: {header: X, algorithm: static}\nhandshake:\n  - "+text)
	}
	for text, want := range map[string]string{
		`{answer: {status: 200}}`:                               "how a handshake differs",
		`{method: TRACE}`:                                       "not one of GET",
		`{when: {is: a}}`:                                       "one of header, query, json, form",
		`{when: {json: a, header: b}}`:                          "one of header, query, json, form",
		`{when: {jsn: a}}`:                                      `unknown key "jsn"`,
		`{when: [{json: a}, {hedaer: b}]}`:                      `unknown key "hedaer": did you mean header?`,
		`{when: {json: a}, keep: body}`:                         "keep:",
		`{when: {json: a}, token: a}`:                           "token:",
		`{when: {json: a}, token: "json:a", signed: true}`:      "remove signed or token",
		`{when: {json: a}, answer: {status: 99}}`:               "99 is not",
		`{when: {json: a}, answer: {status: 302}}`:              "302 is not",
		`{when: {json: a}, answer: {type: text/html}}`:          `"text/html" is not one of`,
		`{when: {json: a}, answer: {type: "text/plain; ="}}`:    "is not one of",
		`{when: {json: a}, answer: {headers: {location: /}}}`:   "cannot be set",
		`{when: {json: a}, answer: {headers: {"a b": x}}}`:      "cannot be set",
		`{when: {json: a}, answer: {body: "${hmac:json:a}"}}`:   "add signed: true",
		`{when: {json: a}, answer: {body: a, json: b}}`:         "leave one out",
		`{when: {json: a}, answer: {json: {b: ["${secret}"]}}}`: "${secret} is not known",
		`{when: {json: a}, answer: {headers: {X: "${hmac:}"}}}`: "is not known",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\nsignature: {header: X, algorithm: static}\nhandshake:\n  - "+text+"\n")
		_, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
