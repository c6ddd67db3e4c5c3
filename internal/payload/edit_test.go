package payload

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	const odd = "\t{ \"n\" : 1.0 ,\r\n  \"big\":12345678901234567890, \"list\" : [ 1 , {\"id\" : \"a\"} ],\n\"e\":{ }, \"a.b\":\"\\u00e9\\/\" }\n"
	tests := []struct {
		name, body string
		edits      []Edit
		want       string
	}{
		{"override keeps all around it", odd, []Edit{{Override, "list[1].id", `"b"`}},
			strings.Replace(odd, `"a"}`, `"b"}`, 1)},
		{"override with a bare index", odd, []Edit{{Override, "list.0", "2.50"}}, strings.Replace(odd, "[ 1 ,", "[ 2.50 ,", 1)},
		{"override with an object", odd, []Edit{{Override, "e", `{"x": [1]}`}}, strings.Replace(odd, "{ }", `{"x": [1]}`, 1)},
		{"a key with a dot", odd, []Edit{{Override, `a\.b`, "null"}}, strings.Replace(odd, `"\u00e9\/"`, "null", 1)},
		{"number text is kept", `{"a":1}`, []Edit{{Override, "a", "1.10e+2"}}, `{"a":1.10e+2}`},
		{"what is not JSON is a string", `{"a":1}`, []Edit{{Override, "a", "007"}}, `{"a":"007"}`},
		{"nothing is an empty string", `{"a":1}`, []Edit{{Override, "a", ""}}, `{"a":""}`},
		{"strings are escaped, but not for HTML", `{"a":1}`, []Edit{{Override, "a", "<b> & \"c\"\x1f\n"}}, `{"a":"<b> & \"c\"\u001f\n"}`},
		{"blanks around JSON do not count", `{"a":1}`, []Edit{{Override, "a", " 2 "}}, `{"a":2}`},
		{"blanks in a string do", `{"a":1}`, []Edit{{Override, "a", " b "}}, `{"a":" b "}`},
		{"of doubled keys the last counts", `{"a":1,"a":2}`, []Edit{{Override, "a", "3"}}, `{"a":1,"a":3}`},
		{"also on the way", `{"o":{"a":1},"o":{"a":2}}`, []Edit{{Override, "o.a", "3"}}, `{"o":{"a":1},"o":{"a":3}}`},
		{"an escaped key is found", `{"\u0061":1}`, []Edit{{Override, "a", "2"}}, `{"\u0061":2}`},
		{"a number is a key in an object", `{"0":{"1":true}}`, []Edit{{Override, "0.1", "false"}}, `{"0":{"1":false}}`},
		{"a list at the root", `[1,2]`, []Edit{{Override, "[1]", "3"}}, `[1,3]`},
		{"a bare index at the root", `[1,2]`, []Edit{{Override, "1", "3"}}, `[1,3]`},

		{"add to an object", odd, []Edit{{Add, "x", "1"}}, strings.Replace(odd, `\/" }`, `\/","x":1 }`, 1)},
		{"add to an empty object", odd, []Edit{{Add, "e.x", "1"}}, strings.Replace(odd, "{ }", `{"x":1 }`, 1)},
		{"add at the end of a list", odd, []Edit{{Add, "list[-]", "3"}}, strings.Replace(odd, `"a"} ]`, `"a"},3 ]`, 1)},
		{"add with -1", `{"l":[]}`, []Edit{{Add, "l.-1", "3"}, {Add, "l.-", "4"}, {Add, "l[2]", "5"}}, `{"l":[3,4,5]}`},
		{"add makes the objects on the way", `{}`, []Edit{{Add, "a.b.c", "1"}}, `{"a":{"b":{"c":1}}}`},
		{"add makes the lists on the way", `{}`, []Edit{{Add, "a[0].b[-]", "1"}}, `{"a":[{"b":[1]}]}`},
		{"add a key that needs escapes", `{}`, []Edit{{Add, `a\.b"c`, "1"}}, `{"a.b\"c":1}`},

		{"remove the only one", "{ \"a\" : 1 }", []Edit{{Remove, "a", ""}}, "{  }"},
		{"remove the first", `{ "a":1 , "b":2 }`, []Edit{{Remove, "a", ""}}, `{ "b":2 }`},
		{"remove in the middle", `{ "a":1 , "b":2 , "c":3 }`, []Edit{{Remove, "b", ""}}, `{ "a":1  , "c":3 }`},
		{"remove the last", `{ "a":1 , "b":2 }`, []Edit{{Remove, "b", ""}}, `{ "a":1  }`},
		{"remove from a list", odd, []Edit{{Remove, "list[0]", ""}}, strings.Replace(odd, "[ 1 , ", "[ ", 1)},
		{"remove equal elements one at a time", `[1,1,1]`, []Edit{{Remove, "[1]", ""}}, `[1,1]`},
		{"remove a doubled key", `{"a":1,"b":{"a":0},"a":2}`, []Edit{{Remove, "a", ""}}, `{"b":{"a":0}}`},
		{"remove a doubled key that is all there is", `{"a":1,"a":2}`, []Edit{{Remove, "a", ""}}, `{}`},

		{"edits see what the ones before did", `{"a":1}`, []Edit{{Add, "b", "{}"}, {Add, "b.c", "2"}, {Override, "b.c", "3"}, {Remove, "a", ""}}, `{"b":{"c":3}}`},
		{"no edits, not even JSON", "\x00 {", nil, "\x00 {"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := []byte(tt.body)
			got, err := Apply(body, tt.edits)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if string(body) != tt.body {
				t.Error("the given body was changed")
			}
		})
	}
}

func TestApplyErrors(t *testing.T) {
	const body = `{"data":{"user_id":"u","plan":null,"items":[{"id":1},{"id":2}],"empty":{}},"event":"e"}`
	tests := []struct {
		name string
		edit Edit
		what string
		near []string
		hint string
	}{
		{"a slip", Edit{Override, "data.usr_id", "1"}, "override data.usr_id: the body has no such path; near: data.user_id",
			[]string{"data.user_id"}, "data has user_id, plan, items, empty; --add data.usr_id=… makes a new one"},
		{"the wrong case", Edit{Override, "Event", "1"}, "override Event: the body has no such path; near: event", []string{"event"}, "the body has data, event;"},
		{"a swap in an element", Edit{Remove, "data.items[0].di", ""}, "remove data.items[0].di: the body has no such path; near: data.items[0].id",
			[]string{"data.items[0].id", "data.items[1].id", "data.items[0]"}, "data.items[0] has id"},
		{"nothing near", Edit{Remove, "metadata.created.at", ""}, "remove metadata.created.at: the body has no such path", nil, "the body has data, event"},
		{"past the end", Edit{Override, "data.items[5]", "1"}, "no such path", []string{"data.items[0]", "data.items[1]", "data.items"}, "data.items has [0], [1];"},
		{"in an empty object", Edit{Remove, "data.empty.x", ""}, "no such path", nil, "data.empty is empty"},
		{"in a scalar", Edit{Override, "event.name", "1"}, "no such path", nil, `event is "e";`},
		{"the end of a list", Edit{Override, "data.items[-]", "1"}, "only --add", nil, "data.items has [0], [1]"},
		{"removing the end", Edit{Remove, "data.items.-1", ""}, "only --add", nil, ""},

		{"add what is there", Edit{Add, "data.plan", "1"}, "add data.plan: is there already", nil, "use --override data.plan=… to change it"},
		{"add into null", Edit{Add, "data.plan.name", "1"}, "data.plan is neither an object nor a list, but null", nil, "data.plan is null"},
		{"add a key to a list", Edit{Add, "data.items.name", "1"}, "data.items is a list of 2 and has indexes", nil, "data.items has [0], [1]"},
		{"add an index to an object", Edit{Add, "data[0]", "1"}, "data is an object and has keys", nil, "data has user_id"},
		{"add with a gap", Edit{Add, "data.items[3]", "1"}, "data.items is a list of 2; [-] adds at its end", nil, ""},
		{"add a list with a gap", Edit{Add, "new[1]", "1"}, "the body has no list for [1]", nil, ""},

		{"empty path", Edit{Override, "", "1"}, "an empty key", nil, ""},
		{"two dots", Edit{Override, "a..b", "1"}, "an empty key", nil, ""},
		{"a dot at the end", Edit{Override, "a.", "1"}, "an empty key", nil, ""},
		{"no bracket", Edit{Override, "a[0", "1"}, "[ without ]", nil, ""},
		{"no index", Edit{Override, "a[x]", "1"}, "[x] is not an index", nil, ""},
		{"nothing between", Edit{Override, "a[0]b", "1"}, "a dot or [ must follow ]", nil, ""},
		{"not UTF-8", Edit{Override, "event", "\xff"}, "the value is not UTF-8", nil, ""},
		{"a path that is not", Edit{Add, "\xff", "1"}, "the path is not UTF-8", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Apply([]byte(body), []Edit{tt.edit})
			var pathErr *PathError
			if !errors.As(err, &pathErr) {
				t.Fatalf("got %v, want a PathError", err)
			}
			if !strings.Contains(err.Error(), tt.what) {
				t.Errorf("got error %q, want %q", err, tt.what)
			}
			if tt.near != nil && !slices.Equal(pathErr.Near, tt.near) {
				t.Errorf("got near %q, want %q", pathErr.Near, tt.near)
			}
			if !strings.Contains(pathErr.Hint(), tt.hint) {
				t.Errorf("got hint %q, want %q", pathErr.Hint(), tt.hint)
			}
		})
	}
}

func TestApplyNeedsJSON(t *testing.T) {
	for body, want := range map[string]string{
		"":                  "line 1: not valid JSON: it is empty",
		"a=b&c=d":           "line 1: not valid JSON: invalid character 'a'",
		"{\"a\":1}\n{}":     "line 2: not valid JSON: invalid character '{' after top-level value",
		"\ufeff{}":          "begins with a byte order mark",
		"\x00\xff":          "invalid character",
		"{\n\n\"a\": 01\n}": "line 3: not valid JSON",
	} {
		_, err := Apply([]byte(body), []Edit{{Override, "a", "1"}})
		if !errors.Is(err, ErrNotJSON) || !strings.Contains(err.Error(), want) {
			t.Errorf("editing %q gave %v, want %q", body, err, want)
		}
	}
}

func TestParseAssignment(t *testing.T) {
	tests := []struct{ text, path, value string }{
		{"data.id=1", "data.id", "1"},
		{"a=b=c", "a", "b=c"},
		{"a=", "a", ""},
		{`a\=b=c`, `a\=b`, "c"},
		{"a:=1", "a:", "1"},
	}
	for _, tt := range tests {
		got, err := ParseAssignment(Add, tt.text)
		if want := (Edit{Add, tt.path, tt.value}); err != nil || got != want {
			t.Errorf("ParseAssignment(%q) = %+v, %v, want %+v", tt.text, got, err, want)
		}
	}
	for _, text := range []string{"", "data.id", "=1", `a\=b`, "a[0=1"} {
		if e, err := ParseAssignment(Add, text); err == nil {
			t.Errorf("ParseAssignment(%q) = %+v, want an error", text, e)
		}
	}
	e, err := ParseAssignment(Add, `a\=b=c`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Apply([]byte("{}"), []Edit{e}); string(got) != `{"a=b":"c"}` {
		t.Errorf("adding a key with = made %s, %v", got, err)
	}
}

// A body of a stranger may be large and odd; the search for near paths must end.
func TestUnknownPathInALargeBody(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"deep":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `,"wide":[0`)
	b.WriteString(strings.Repeat(",0", 100_000))
	b.WriteString(`]}`)
	_, err := Apply(b.Bytes(), []Edit{{Override, "deap", "1"}})
	var pathErr *PathError
	if !errors.As(err, &pathErr) || !slices.Equal(pathErr.Near, []string{"deep"}) || len(pathErr.Hint()) > 200 {
		t.Errorf("got %v", err)
	}
	if _, err = Apply(b.Bytes(), []Edit{{Override, "wide.x", "1"}}); !errors.As(err, &pathErr) || len(pathErr.Hint()) > 400 {
		t.Errorf("got %v with the hint %q", err, pathErr.Hint())
	}
}
