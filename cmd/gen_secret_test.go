package cmd_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/ui"
)

// Randomness that fails, or ends early, makes no secret: none is printed, not even
// a part of one or the first of several.
func TestGenSecretNeedsRandomness(t *testing.T) {
	for name, random := range map[string]func() io.Reader{
		"fails":            func() io.Reader { return iotest.ErrReader(io.ErrNoProgress) },
		"is empty":         func() io.Reader { return strings.NewReader("") },
		"ends in a secret": func() io.Reader { return strings.NewReader(strings.Repeat("x", 16)) },
		"ends between two": func() io.Reader { return strings.NewReader(strings.Repeat("x", 70)) },
	} {
		for _, args := range [][]string{{}, {"-p", "saas"}, {"--json"}, {"-p", "standard-webhooks"}} {
			args = append([]string{"gen-secret", "--count", "3"}, args...)
			streams, out, errs := ui.Buffers("")
			code := cmd.Run(t.Context(), &cmd.App{
				IO: streams, Now: time.Now, Random: random(), Dir: t.TempDir(),
				LookupEnv: func(string) (string, bool) { return "", false },
			}, args)
			if code != 1 || out.String() != "" || !strings.Contains(errs.String(), "reading random bytes") {
				t.Errorf("%s, %q: exit code %d, %q, %q", name, args, code, out.String(), errs.String())
			}
		}
	}
}
