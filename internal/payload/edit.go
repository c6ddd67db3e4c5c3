package payload

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Op is what an [Edit] does.
type Op string

// The edits: Override changes a value that is there, Add makes one that is not,
// Remove removes one. Each refuses what another is for, so that a mistake in a
// path shows.
const (
	Override Op = "override"
	Add      Op = "add"
	Remove   Op = "remove"
)

// Edit is one change of a body. Paths are keys joined by dots, with indexes in
// brackets or bare (data.items[0].id, data.items.0.id); a backslash makes a
// dot or bracket part of a key. [-] is the place behind a list's last element.
type Edit struct {
	Op    Op
	Path  string
	Value string // JSON if it is JSON, a string otherwise; Remove has none
}

// ParseAssignment reads "path=value", split at the first = without a backslash.
func ParseAssignment(op Op, text string) (Edit, error) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '=':
			e := Edit{op, text[:i], text[i+1:]}
			_, err := parsePath(e.Path)
			return e, err
		}
	}
	return Edit{}, fmt.Errorf("%q is not path=value", text)
}

// ErrNotJSON is wrapped by the error of editing a body that is not JSON.
var ErrNotJSON = errors.New("the body cannot be edited")

// PathError is a path that does not fit the body.
type PathError struct {
	Op   Op
	Path string
	What string   // one clause, what is wrong
	Near []string // paths of the body that may have been meant, the nearest first
	hint string
}

func (e *PathError) Error() string {
	return strings.TrimSpace(string(e.Op)+" "+e.Path) + ": " + e.What
}

// Hint is a line on what to do about it; "" when there is nothing to say.
func (e *PathError) Hint() string { return e.hint }

// Apply makes the edits one after the other and returns a new body. The bytes
// outside each edit survive exactly: number text, key order, white space,
// escapes. Where a key stands twice in one object, Override changes the last,
// which most readers take, and Remove removes all.
//
// The error is a [*PathError], or wraps [ErrNotJSON].
func Apply(body []byte, edits []Edit) ([]byte, error) {
	body = slices.Clone(body)
	if len(edits) == 0 {
		return body, nil
	}
	if err := checkJSON(body); err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", ErrNotJSON, err.line, err)
	}
	for _, e := range edits {
		var err error
		if body, err = e.apply(body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

func (e Edit) apply(body []byte) ([]byte, error) {
	p, err := parsePath(e.Path)
	if err == nil && !utf8.ValidString(e.Path) {
		err = errors.New("the path is not UTF-8, as JSON must be")
	}
	if err != nil {
		return nil, &PathError{Op: e.Op, Path: e.Path, What: err.Error()}
	}
	value, reached := locate(body, p)
	switch e.Op {
	case Override:
		if reached < len(p) {
			return nil, e.unknown(body, p, reached)
		}
		text, err := e.valueText()
		if err != nil {
			return nil, err
		}
		return splice(body, value, text), nil
	case Add:
		if reached == len(p) {
			return nil, &PathError{Op: Add, Path: e.Path, What: "is there already",
				hint: fmt.Sprintf("use --override %s=… to change it", e.Path)}
		}
		return e.add(body, value, p, reached)
	case Remove:
		if reached < len(p) {
			return nil, e.unknown(body, p, reached)
		}
		return remove(body, p), nil
	}
	return nil, fmt.Errorf("unknown edit %q", e.Op)
}

// valueText is the value as JSON: as it was typed if it is JSON, else as a
// string.
func (e Edit) valueText() ([]byte, error) {
	if !utf8.ValidString(e.Value) {
		return nil, &PathError{Op: e.Op, Path: e.Path, What: "the value is not UTF-8, as JSON must be"}
	}
	if text := []byte(strings.TrimSpace(e.Value)); json.Valid(text) {
		return text, nil
	}
	return appendQuoted(nil, e.Value), nil
}

// splice returns body with text in the place of s.
func splice(body []byte, s span, text []byte) []byte {
	return slices.Replace(body, s.start, s.end, text...)
}
