package chaos

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/webhook"
)

// Body changes one character of one value of the body, chosen by choice: JSON
// stays JSON and a form a form, and what tells the event, the ID or the time is
// left alone.
func (t *Tamperer) Body(r *webhook.Request, choice uint64) (Change, error) {
	if len(r.Body) == 0 {
		return Change{}, errNothing
	}
	draw := rand.New(rand.NewPCG(choice, 1))
	if gjson.ValidBytes(r.Body) {
		return t.jsonBody(r, draw)
	}
	body := append([]byte(nil), r.Body...)
	start := draw.IntN(len(body))
	for i := range body {
		at := (start + i) % len(body)
		if !plain(body[at]) || t.names(body, at) {
			continue
		}
		body[at] = flip(body[at])
		r.Body = body
		return Change{Place: "the body, at byte " + strconv.Itoa(at)}, nil
	}
	return Change{}, errNothing
}

// names reports whether a byte of a form is part of a name, or of a place that is
// left alone.
func (t *Tamperer) names(body []byte, at int) bool {
	if !bytes.ContainsRune(body, '=') {
		return false // not a form, and any byte is as good as another
	}
	start := bytes.LastIndexByte(body[:at], '&') + 1
	key, _, isValue := bytes.Cut(body[start:at], []byte("="))
	return !isValue || bytes.ContainsRune(body[max(start, at-2):at], '%') || t.spared("form:"+string(key))
}

func (t *Tamperer) spared(place string) bool { return slices.Contains(t.Spare, place) }

// leaf is a value in the body that one character can be changed in.
type leaf struct {
	path  string
	value gjson.Result
}

func (t *Tamperer) jsonBody(r *webhook.Request, draw *rand.Rand) (Change, error) {
	leaves := t.leaves(nil, "", gjson.ParseBytes(r.Body))
	if len(leaves) == 0 {
		return Change{}, errNothing
	}
	l := leaves[draw.IntN(len(leaves))]
	text := []byte(textOf(l.value))
	at := lastPlain(text)
	text[at] = flip(text[at])
	body, err := setJSON(r.Body, l.path, string(text))
	if err != nil {
		return Change{}, errNothing
	}
	r.Body = body
	return Change{Place: l.path, Old: textOf(l.value), New: string(text)}, nil
}

// maxLeaves bounds what is looked at of a large body.
const maxLeaves = 1000

func (t *Tamperer) leaves(all []leaf, path string, v gjson.Result) []leaf {
	if v.IsObject() || v.IsArray() {
		i := 0
		v.ForEach(func(key, value gjson.Result) bool {
			name := key.String()
			if v.IsArray() {
				name = strconv.Itoa(i)
			}
			i++
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" && name != "" && len(all) < maxLeaves {
				all = t.leaves(all, strings.TrimPrefix(path+"."+name, "."), value)
			}
			return len(all) < maxLeaves
		})
		return all
	}
	usable := v.Type == gjson.String || v.Type == gjson.Number && !strings.ContainsAny(v.Raw, "eE")
	if path == "" || !usable || lastPlain([]byte(textOf(v))) < 0 || t.spared("json:"+path) {
		return all
	}
	return append(all, leaf{path, v})
}

// textOf is a value's text; a number's as it is written.
func textOf(v gjson.Result) string {
	if v.Type == gjson.Number {
		return v.Raw
	}
	return v.String()
}

// lastPlain is the last digit, or the last letter where there is no digit; -1
// without either. A forger would change the number in a text.
func lastPlain(text []byte) int {
	if i := strings.LastIndexAny(string(text), "0123456789"); i >= 0 {
		return i
	}
	for i := len(text) - 1; i >= 0; i-- {
		if plain(text[i]) {
			return i
		}
	}
	return -1
}
