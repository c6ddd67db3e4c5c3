package expectation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// longestFilter is how long a filter may take for one payload.
const longestFilter = time.Second

// Filter is a jq program that says whether a payload counts. Use it from any
// number of goroutines.
type Filter struct{ code *gojq.Code }

// FilterError is what is wrong with a program, and where.
type FilterError struct {
	Offset int // of the first byte that is wrong; -1 when that is not known
	Msg    string
}

func (e *FilterError) Error() string {
	if e.Offset < 0 {
		return e.Msg
	}
	return fmt.Sprintf("character %d: %s", e.Offset+1, e.Msg)
}

// CompileFilter reads a program. It sees no environment, no files and no modules.
// The error is a [*FilterError].
func CompileFilter(program string) (*Filter, error) {
	query, err := gojq.Parse(program)
	if err != nil {
		e := &FilterError{Offset: -1, Msg: err.Error()}
		if parse, ok := errors.AsType[*gojq.ParseError](err); ok {
			// Offset is that of the end of the token.
			e.Offset = max(0, min(parse.Offset, len(program))-len(parse.Token))
		}
		return nil, e
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, &FilterError{Offset: strings.Index(program, unknownName(err)), Msg: err.Error()}
	}
	return &Filter{code}, nil
}

// unknownName is what a compiler's complaint is about: "function not defined:
// name/1", "variable not defined: $name".
func unknownName(err error) string {
	_, name, ok := strings.Cut(err.Error(), "not defined: ")
	if !ok {
		return "\x00"
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

// Check says why a body does not satisfy the program; "" when it does: one of the
// results is neither false nor null. Numbers are compared as they are written.
func (f *Filter) Check(ctx context.Context, body []byte) string {
	value, err := decode(body)
	if err != nil {
		return "its body is not JSON"
	}
	ctx, cancel := context.WithTimeout(ctx, longestFilter)
	defer cancel()
	results := f.code.RunWithContext(ctx, value)
	for {
		result, ok := results.Next()
		switch result := result.(type) {
		case error:
			if ctx.Err() != nil {
				return fmt.Sprintf("it takes longer than %s", longestFilter)
			}
			return result.Error()
		case nil, bool:
			if result == true {
				return ""
			}
		default:
			return ""
		}
		if !ok {
			return "it gives nothing true"
		}
	}
}

func decode(body []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return value, nil
}
