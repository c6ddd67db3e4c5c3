package config

import (
	"io/fs"
	"strings"
	"testing"
)

// After su, and in containers, HOME may be somebody else's.
func TestDeniedHint(t *testing.T) {
	for _, tt := range []struct {
		kind kind
		err  error
		want string
	}{
		{userFile, fs.ErrPermission, "set HOME"},
		{userFile, fs.ErrInvalid, ""},
		{projectFile, fs.ErrPermission, ""},
	} {
		if hint := (&file{kind: tt.kind}).deniedHint(tt.err); !strings.HasPrefix(hint, tt.want) || tt.want == "" && hint != "" {
			t.Errorf("%v, %v: %q", tt.kind, tt.err, hint)
		}
	}
}
