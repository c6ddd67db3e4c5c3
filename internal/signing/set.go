package signing

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// setJSON puts value at path and leaves every other byte as it is. It creates
// missing objects, but no items of arrays.
func setJSON(text string, path []string, value any) (string, error) {
	if len(path) == 0 {
		raw, err := json.Marshal(value)
		return string(raw), err
	}
	child, err := step(gjson.Parse(text), path[0])
	switch {
	case err != nil && err.Reason != Missing:
		return "", err
	case err == nil && child.Type != gjson.Null:
		at := child.Index
		inner, err := setJSON(child.Raw, path[1:], value)
		return text[:at] + inner + text[at+len(child.Raw):], err
	case err == nil:
		inner, err := setJSON("{}", path[1:], value)
		return text[:child.Index] + inner + text[child.Index+len(child.Raw):], err
	}
	return addMember(text, path, value)
}

// addMember appends a member.
func addMember(text string, path []string, value any) (string, error) {
	object := gjson.Parse(text)
	if !object.IsObject() {
		return "", fmt.Errorf("%s cannot be put into %s", strings.Join(path, "."), strconv.Quote(shorten(text)))
	}
	inner, err := setJSON("{}", path[1:], value)
	if err != nil {
		return "", err
	}
	name, err := json.Marshal(path[0])
	if err != nil {
		return "", err
	}
	end := strings.LastIndexByte(text, '}')
	comma := ","
	if len(strings.TrimSpace(text[:end])) == 1 {
		comma = ""
	}
	return text[:end] + comma + string(name) + ":" + inner + text[end:], nil
}
