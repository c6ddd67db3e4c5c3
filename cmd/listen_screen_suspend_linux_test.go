package cmd_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/tool"
)

// Ctrl-Z gives the terminal to the shell. A sender that comes then waits, and is
// answered when the shell's fg has brought the screen back.
func TestTheScreenIsSuspended(t *testing.T) {
	bash := tool.Need(t, "bash")
	p := newPane(t, 80, 24, "")
	p.shows("nothing yet")
	p.keys("q")
	p.shows("ended with 0")
	p.run("respawn-pane", "-k", "-c", p.home, "-e", "HISTFILE=", bash+" --norc --noprofile -i")
	p.shows("bash-")
	p.keys(released(t)+" listen 127.0.0.1:0 --ready-file "+readyFile+" --tui", "Enter")
	p.shows("nothing yet")
	p.address = ready(t, p.home)
	p.whk(0, "trigger", "saas/invoice.paid", "--to", p.address)
	p.shows("1 received", "!bash-")

	p.keys("C-z")
	p.shows("Stopped", "bash-", "!1 received")
	p.keys("stty -a; echo the shell is here", "Enter")
	p.shows("\nthe shell is here", " icanon", " echo ")
	answered := make(chan error, 1)
	client := &http.Client{Timeout: patience}
	go func() {
		answer, err := client.Post("http://"+p.address+"/", "text/plain", strings.NewReader("meanwhile"))
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				err = errors.New(answer.Status)
			}
		}
		answered <- err
	}()
	p.keys("fg", "Enter")
	p.shows("2 received", "saas/invoice.paid", "!bash-", "!the shell is here")
	if err := <-answered; err != nil {
		t.Error(err)
	}

	p.keys("C-z")
	p.shows("Stopped", "bash-", "!2 received")
	p.keys("fg", "Enter")
	p.shows("2 received", "!bash-")
	p.keys("q")
	p.shows("bash-", "2 shown")
}

// Where no shell could continue the process, Ctrl-Z leaves the screen as it is.
func TestTheScreenIsNotSuspendedForGood(t *testing.T) {
	p := newPane(t, 80, 24, "")
	p.shows("nothing yet")
	p.keys("C-z")
	p.shows("it is not suspended", "nothing yet")
	p.whk(0, "trigger", "saas/invoice.paid", "--to", p.address)
	p.shows("1 received", "saas/invoice.paid")
	p.keys("q")
	p.shows("ended with 0")
}
