package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
	"go.uber.org/goleak"
)

// children are what the test binary does instead of testing when it is started
// with childEnv: processes that can be killed, or share a store with others.
var children = map[string]func(dir string, args []string) error{
	"write": writeForever,
	"limit": writeUnderLimit,
	"sync":  keepOnDemand,
	"open":  openOnce,
	"read":  readOnce,
}

const childEnv = "WHK_STORE_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func child(t *testing.T, name, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, append([]string{dir}, args...)...)
	c.Env = append(os.Environ(), childEnv+"="+name)
	c.Stderr = os.Stderr
	return c
}

// writeTogether has processes keep so many deliveries each, at the same time.
func writeTogether(t *testing.T, dir string, processes, each int) {
	t.Helper()
	var ends []func() error
	for i := range processes {
		c := child(t, "write", dir, fmt.Sprint("run", i), fmt.Sprint(each))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, c.Wait)
	}
	for _, end := range ends {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
}

// childBodyFile makes some of the bodies of numbered large.
const childBodyFile = 3000

// numbered is a delivery that a number says all about.
func numbered(run string, n int) *webhook.Delivery {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	d := sample()
	d.MessageID = fmt.Sprintf("%s-%d", run, n)
	d.Body = make([]byte, random.IntN(4000))
	for i := range d.Body {
		d.Body[i] = byte(random.Uint32())
	}
	return d
}

// writeForever keeps deliveries from eight goroutines and writes the id and the
// message id of each that is acknowledged. args: the run's name, and optionally
// how many are enough.
func writeForever(dir string, args []string) error {
	s, err := Open(context.Background(), dir, Options{BodyFile: childBodyFile})
	if err != nil {
		return err
	}
	enough := int64(1 << 40)
	if len(args) > 1 {
		if enough, err = strconv.ParseInt(args[1], 10, 64); err != nil {
			return err
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			for n := next.Add(1); n <= enough; n = next.Add(1) {
				d := numbered(args[0], int(n))
				if err := s.Keep(context.Background(), d); err != nil {
					errs <- err
					return
				}
				fmt.Printf("%s %s\n", d.ID, d.MessageID)
			}
		})
	}
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	return s.Close()
}

// readOnce counts what is in a store.
func readOnce(dir string, _ []string) error {
	s, err := OpenReader(context.Background(), dir)
	if err != nil {
		return err
	}
	defer s.Close()
	n := 0
	for _, err := range s.List(context.Background(), Query{}) {
		if err != nil {
			return err
		}
		n++
	}
	fmt.Println("read", n)
	return nil
}
