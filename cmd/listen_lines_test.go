package cmd

import (
	"errors"
	"testing"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
)

// A disk that is full is said once, however many requests it refuses; how many
// they were is said when it is over.
func TestRequestsNotKeptAreCounted(t *testing.T) {
	streams, _, errs := ui.Buffers("")
	v := &listenView{app: &App{IO: streams}, listener: &listener{}}
	v.out = lineOutput{v}
	v.trouble(errors.New("no room"))
	for range 3 {
		v.refused(receiver.Refusal{Status: 503, Class: receiver.ClassNotKept, Reason: "it could not be stored", Method: "POST", Target: "/"})
	}
	v.trouble(nil)
	want := "whk: deliveries cannot be kept, and are answered 503 until they can: no room\ncaptures are kept again; 503 for 3 requests\n"
	if got := errs.String(); got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
}
