// Package tool finds the programs that tests need. Only tests import it.
//
// Where a program is missing its test is skipped, so that whk can be worked on
// with nothing but Go; with WHK_TEST_TOOLS=required in the environment it
// fails, so that a skipped test is not overlooked.
package tool

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const variable = "WHK_TEST_TOOLS"

func required() bool { return os.Getenv(variable) == "required" }

// Find returns the path of a program, "" if it is missing. Where tools are
// required that is an error.
func Find(name string) (path string, err error) {
	path, err = exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case required():
		return "", fmt.Errorf("%s is not installed, and %s=required", name, variable)
	}
	return "", nil
}

// Need returns the path of a program. Without it the test ends here: skipped, or
// failed where tools are required.
func Need(t testing.TB, name string) (path string) {
	t.Helper()
	path, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// Lacking ends a test for what the machine lacks, as [Need] does.
func Lacking(t testing.TB, what string) {
	t.Helper()
	if required() {
		t.Fatalf("%s, and %s=required", what, variable)
	}
	t.Skip(what)
}
