package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/whk-cli/whk/cmd"
)

// TestMain makes this binary stand for whk when it is started under that name,
// as the scripts do.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"whk": func() { os.Exit(cmd.Main()) },
	})
}

// builtDir is for what a test builds and others use.
var builtDir string

// plain is the program as people get it, built once.
var plain = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(builtDir, "plain")
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "github.com/whk-cli/whk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

// leakChecked fails a run that leaves goroutines behind.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	var err error
	if builtDir, err = os.MkdirTemp("", "whk-built-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(builtDir)
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestScripts runs the stories in testdata/script, each in a directory of its
// own that nothing outside reaches: HOME and the XDG directories are in it, and
// no variable of whk's is set. Besides testscript's own commands they use:
//
//	exits CODE COMMAND ...                run a command and check its exit code, and what holds for every run
//	start NAME COMMAND ...                run in the background, with its streams in NAME.out and NAME.err
//	ends NAME CODE [SIGNAL]               wait until it ends, after a signal if one is named, and check its exit code
//	waitfor FILE REGEXP [VAR]             wait until a file has a match, and keep its first group in a variable
//	target NAME STATUS [BODY]             a server at $NAME_URL and $NAME_ADDR that answers so; requests go to NAME/1.http, …
//	target NAME script ANSWER...          the same with one answer after the other, such as 503;'Retry-After: 7', reset or hang
//	target NAME held STATUS               a server that answers once there is a file NAME/go
//	json FILE PATH VALUE                  check a value in lines of JSON, each of which must be valid; ..0.x is x in the first
//	bytes FILE all|hex XX|repeat N TEXT   make a file
//	chomp FILE...                         take away the final line break, which every file in a script has
//	golden FILE WANT                      cmp, with escape characters written as \e
//	mode FILE PERM                        check permissions
//
// The condition [root] asks whether permissions mean nothing to this user, and
// [tool:NAME] whether a program is there; with WHK_TEST_TOOLS=required one that
// is not fails the script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               isolate,
		Cmds:                scriptCommands,
		Condition:           scriptCondition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("WHK_UPDATE_SCRIPTS") != "",
	})
}

// isolate gives a script its own home. The mark of a repository keeps the
// search for a project's files inside of the script's directory.
func isolate(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	for _, dir := range []string{home, filepath.Join(env.WorkDir, ".git")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for name, dir := range map[string]string{
		"HOME": "", "USERPROFILE": "", "XDG_CONFIG_HOME": ".config", "XDG_STATE_HOME": ".state",
		"XDG_DATA_HOME": ".data", "XDG_CACHE_HOME": ".cache",
	} {
		env.Setenv(name, filepath.Join(home, dir))
	}
	env.Setenv("STATE", filepath.Join(home, ".state", "whk"))
	env.Setenv("CONFIG", filepath.Join(home, ".config", "whk"))
	env.Setenv("TZ", "UTC")
	env.Setenv("WHK_TIMEOUT", "1m") // a busy machine may need longer than a provider waits
	// The race detector makes a program slow to start and finds nothing in one
	// that does a single thing: what serves runs under it, the rest as it is.
	if name := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"); raceDetector && !serves(name) {
		dir, err := plain()
		if err != nil {
			return err
		}
		env.Setenv("PATH", dir+string(filepath.ListSeparator)+env.Getenv("PATH"))
	}
	env.Values[processKey{}] = map[string]*process{}
	return nil
}

// serves reports whether a script's subject does many things at a time.
func serves(script string) bool {
	for _, subject := range []string{"listen", "demo", "trigger_many"} {
		if strings.HasPrefix(script, subject) {
			return true
		}
	}
	return false
}
