package statedir_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/whk-cli/whk/internal/statedir"
)

func TestDefault(t *testing.T) {
	tests := []struct {
		name string
		goos string
		env  map[string]string
		want string // "" wants ErrNoDefault
	}{
		{"linux", "linux", map[string]string{"HOME": "/h"}, "/h/.local/state/whk"},
		{"macOS", "darwin", map[string]string{"HOME": "/h"}, "/h/Library/Application Support/whk"},
		{"Windows", "windows", map[string]string{"LOCALAPPDATA": "/l", "USERPROFILE": "/u"}, "/l/whk"},
		{"Windows without LOCALAPPDATA", "windows", map[string]string{"USERPROFILE": "/u"}, "/u/AppData/Local/whk"},
		{"XDG wins", "linux", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/whk"},
		{"XDG wins on macOS", "darwin", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/whk"},
		{"XDG is enough", "linux", map[string]string{"XDG_STATE_HOME": "/s"}, "/s/whk"},
		{"relative XDG counts as unset", "linux", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "s"}, "/h/.local/state/whk"},
		{"no home", "linux", nil, ""},
		{"empty home", "linux", map[string]string{"HOME": ""}, ""},
		{"relative home", "linux", map[string]string{"HOME": "h"}, ""},
		{"no home on macOS", "darwin", nil, ""},
		{"no profile on Windows", "windows", map[string]string{"HOME": "/h"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := statedir.Default(func(name string) string { return tt.env[name] }, tt.goos)
			if filepath.ToSlash(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if noDefault := errors.Is(err, statedir.ErrNoDefault); noDefault != (tt.want == "") {
				t.Errorf("error is %v", err)
			}
		})
	}
}
