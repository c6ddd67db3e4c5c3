package diagnosis

import "testing"

// Of two styles that are held to be alike for a body, both print it with the same
// bytes.
func TestAlikePrintsAlike(t *testing.T) {
	for _, body := range []string{
		`{}`, `[]`, `{"b":1,"a":[true,null,"x"]}`, `{"a":1.50,"b":{}}`, `{"u":"https://e.com/a?b=1&c=<2>"}`, `{"n":"é ☕ 𝄞"}`, `{"n":"\u00e9"}`,
		`{"a":12345678901234567890,"b":-0,"c":1e400}`, `{"q":"it's = + ` + "` \x7f" + `"}`, `{"l":"\u2028"}`, `{"l":"` + "\u2028" + `"}`, `{"a":"\"\\"}`, `{"é":1,"a/b":2}`, `{"x":1,"x":2}`,
		`{"a":null,"b":{"c":null}}`, `{"at":"2025-03-04T08:15:00Z"}`, `{"b":[[],{}],"aa":{"x":{}}}`, `{"p":"50% @ home"}`, `{"zz":1,"a":2,"c":[1e20,0.00001]}`, `{"t":"\u0085` + "\u0085" + `"}`,
	} {
		v, ok := parseJSON([]byte(body))
		if !ok {
			t.Fatalf("%s is no JSON", body)
		}
		traits := traitsOf(&v)
		printed := map[alike]string{}
		check := func(st *jsonStyle) {
			a, text := traits.alike(st), string(st.print(&v, len(body)))
			if first, ok := printed[a]; ok && first != text {
				t.Errorf("%s: %s prints %s, and one that is held to be alike %s", body, st.code, text, first)
			}
			printed[a] = text
		}
		for i := range jsonStyles {
			check(&jsonStyles[i])
		}
		mixedStyles(check)
	}
}
