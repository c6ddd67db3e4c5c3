package provider

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// gjsonMembers are the members that gjson finds in the outermost object.
func gjsonMembers(text string) []member {
	var found []member
	gjson.Parse(text).ForEach(func(name, value gjson.Result) bool {
		if name.Type == gjson.String {
			found = append(found, member{name.Str, value.Raw})
		}
		return len(found) < maxMembers
	})
	return found
}

// agrees asks for names in their order, and holds what s says against gjson.
func agrees(t *testing.T, s *members, text string, names ...string) {
	t.Helper()
	all := gjsonMembers(text)
	s.begin([]byte(text))
	for _, name := range names {
		value, there := "", false
		for _, m := range all {
			if m.name == name {
				value, there = m.value, gjson.Parse(m.value).Exists()
				break
			}
		}
		if got := s.has(name); got != there {
			t.Errorf("%q has %q: %v, gjson says %v", text, name, got, there)
		}
		if got := s.value(name); got != value {
			t.Errorf("%q in %q is %q, gjson says %q", name, text, got, value)
		}
	}
}

var memberTexts = []string{
	`{"id":"evt_1","type":"a.b","data":{"x":[1,{"y":"}"}]},"at":12.5e3,"ok":true,"none":null}`,
	" {\n\t\"id\" : \"evt_1\" ,\r\n \"data\" : [ ] , \"type\":false } \n",
	`{"data":{"a":"\"}\\"},"id":"a\"b\\","type":"é"}`, `{"id":1,"id":2,"data":{},"data":[1]}`,
	`{}`, ` { } `, ``, `   `, `[]`, `[{"id":1}]`, `"id"`, `12`, `null`, `{`, `{"`, `{"id`, `{"id"`, `{"id":`, `{"id":}`, `{"id":"x`, `{"id":"x"`,
	`{"id":"x",}`, `{"id":"x"}trailing`, `{"id":"x"} {"type":"y"}`, `{"id":"x" "type":"y"}`, `{"id" "x","type":"y"}`, `{"id":x,"type":"y"}`, `{id:"x","type":"y"}`,
	`{"data":{"a":1,"type":"y"}`, `{"data":{"a":1]},"type":"y"}`, `{"data":(1),"type":"y"}`, `{"data":{(},"type":"y"})}`, `{"data":{)"type":"y"}`,
	`{"\u0069d":"x","id":"y"}`, `{"id":-,"type":+1,"data":1-2}`, `{"id":01,"type":nan,"data":Infinity}`, `{"id":truer,"type":nullx,"data":1}`, "{\"id\":\x00\"x\"}", `{"id":"\`, `{"data":{"\`,
	`{"id":1]`, `{"id":1.,"type":.5}`, `{"":1,"id":""}`,
}

func TestMembersAreWhatGJSONFinds(t *testing.T) {
	var s members
	names := []string{"id", "type", "data", "at", "ok", "none", "", "nothing"}
	for _, text := range memberTexts {
		for i := range names { // each name first once, since what is read depends on it
			agrees(t, &s, text, append(names[i:len(names):len(names)], names[:i]...)...)
		}
	}
	many := "{" + strings.Repeat(`"x":1,`, maxMembers-1) + `"id":1,"type":2}`
	agrees(t, &s, many, "x", "id", "type")
}

// What stands behind the members that are asked for is not looked at.
func TestMembersReadNoFurther(t *testing.T) {
	var s members
	text := `{"id":"evt_1","data":{` + strings.Repeat(`"a":1,`, 1000)
	s.begin([]byte(text))
	if s.value("id") != `"evt_1"` || !s.has("data") || len(s.found) != 2 || s.odd {
		t.Errorf("read on: %d members", len(s.found))
	}
}

func FuzzMembers(f *testing.F) {
	for _, text := range memberTexts {
		f.Add(text, "id", "data")
	}
	f.Fuzz(func(t *testing.T, text, first, second string) {
		var s members
		agrees(t, &s, text, first, second, first, "id")
	})
}

func BenchmarkMembers(b *testing.B) {
	body := []byte(`{"id":"evt_1","event":"invoice.paid","data":{"items":[` + strings.Repeat(`{"sku":"sku_1","qty":1,"price":"12.50"},`, 25) + `{}]},"last":1}`)
	var s members
	for _, name := range []string{"event", "last"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.begin(body)
				if s.value(name) == "" {
					b.Fatal("not found")
				}
			}
		})
	}
}
