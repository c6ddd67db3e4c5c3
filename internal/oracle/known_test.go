package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// known holds a body against a library's type: it decodes, and every member, however
// deep, is a field of it. A strict decoder would not look behind a type that
// decodes itself. But are ends of the paths of members that the provider documents
// and the library leaves out; those that end in a dot are all that is below.
func known(body []byte, as any, but ...string) error {
	kind := reflect.TypeOf(as)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if err := json.Unmarshal(body, reflect.New(kind).Interface()); err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return errors.Join(slices.DeleteFunc(strangers(kind, value, ""), func(err error) bool {
		_, path, _ := strings.Cut(err.Error(), " for ")
		return slices.ContainsFunc(but, func(end string) bool {
			return strings.HasSuffix("."+path, "."+end) || strings.HasSuffix(end, ".") && strings.HasPrefix(path, end)
		})
	})...)
}

// strangers are the members of value that kind has no field for.
func strangers(kind reflect.Type, value any, path string) []error {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	var found []error
	switch v := value.(type) {
	case []any:
		if kind.Kind() != reflect.Slice {
			break // it decodes itself
		}
		for i, item := range v {
			found = append(found, strangers(kind.Elem(), item, fmt.Sprintf("%s.%d", path, i))...)
		}
	case map[string]any:
		fields := fieldsOf(kind)
		for name, item := range v {
			switch field, ok := fields[name]; {
			case kind.Kind() == reflect.Map:
				found = append(found, strangers(kind.Elem(), item, path+"."+name)...)
			case kind.Kind() != reflect.Struct || len(fields) == 0: // anything goes
			case !ok:
				found = append(found, fmt.Errorf("%s has no field for %s", kind, strings.TrimPrefix(path+"."+name, ".")))
			default:
				found = append(found, strangers(field, item, path+"."+name)...)
			}
		}
	}
	return found
}

// fieldsOf are a struct's fields, as they are called in JSON.
func fieldsOf(kind reflect.Type) map[string]reflect.Type {
	if kind.Kind() != reflect.Struct {
		return nil
	}
	all := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(kind) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			all[name] = field.Type
		}
	}
	return all
}

func TestKnown(t *testing.T) {
	type inner struct {
		N int `json:"n"`
	}
	type outer struct {
		inner
		In   *inner           `json:"in,omitempty"`
		List []inner          `json:"list"`
		Map  map[string]inner `json:"map"`
		Any  any              `json:"any"`
	}
	for body, want := range map[string]string{
		`{"n":1,"in":{"n":1},"list":[{"n":1}],"map":{"a":{"n":1}},"any":{"x":[1]}}`: "",
		`{"x":1}`:               "no field for x",
		`{"in":{"x":1}}`:        "no field for in.x",
		`{"list":[{},{"x":1}]}`: "no field for list.1.x",
		`{"map":{"a":{"x":1}}}`: "no field for map.a.x",
		`{"in":{"n":"1"}}`:      "cannot unmarshal",
	} {
		err := known([]byte(body), outer{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, but := range []string{"in.x", "x", "in."} {
		if err := known([]byte(`{"in":{"x":1}}`), outer{}, but); err != nil {
			t.Errorf("but %s: %v", but, err)
		}
	}
	for _, but := range []string{"n.x", "in", "list."} {
		if known([]byte(`{"in":{"x":1}}`), outer{}, but) == nil {
			t.Errorf("but %s is no end of in.x", but)
		}
	}
}
