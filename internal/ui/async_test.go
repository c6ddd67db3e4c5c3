package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a writer whose writes wait until they are let through.
type gate struct {
	Buffer
	entered chan struct{}
	open    chan struct{}
	err     error
}

func newGate() *gate { return &gate{entered: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	g.entered <- struct{}{}
	<-g.open
	if g.err != nil {
		return 0, g.err
	}
	return g.Buffer.Write(p)
}

func TestAsyncLinesWritesAtOnceWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out Buffer
		a := NewAsyncLines(&out, AsyncOptions{})
		line := []byte("one\n")
		a.Line(line)
		copy(line, "xxx")
		synctest.Wait()
		if out.String() != "one\n" {
			t.Errorf("got %q before Close", out.String())
		}
		a.Line([]byte("two\n"))
		if err := a.Close(t.Context()); err != nil || out.String() != "one\ntwo\n" {
			t.Errorf("got %q, %v", out.String(), err)
		}
	})
}

func TestAsyncLinesLeavesOutWhatASlowTerminalCannotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		a := NewAsyncLines(g, AsyncOptions{Limit: 8})
		a.Line([]byte("aaa\n"))
		<-g.entered // the writer is stuck with aaa
		for _, line := range []string{"bbb\n", "ccc\n", "ddd\n", "e\n", "f\n"} {
			a.Line([]byte(line)) // none of these waits
		}
		g.open <- struct{}{}
		<-g.entered // stuck with bbb and ccc, so that there is room again
		a.Line([]byte("ggg\n"))
		close(g.open)
		if err := a.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "aaa\nbbb\nccc\n… 3 lines left out: the terminal is too slow\nggg\n"
		if g.String() != want {
			t.Errorf("got %q, want %q", g.String(), want)
		}
	})
}

func TestAsyncLinesSaysAtTheEndWhatWasLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		a := NewAsyncLines(g, AsyncOptions{Limit: 4, LeftOut: func(n int) []byte { return fmt.Appendf(nil, `{"left_out":%d}`+"\n", n) }})
		a.Line([]byte("a\n"))
		<-g.entered
		a.Line([]byte("a giant line is taken when nothing waits\n"))
		a.Line([]byte("b\n"))
		close(g.open)
		if err := a.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := "a\na giant line is taken when nothing waits\n{\"left_out\":1}\n"; g.String() != want {
			t.Errorf("got %q, want %q", g.String(), want)
		}
	})
}

func TestAsyncLinesWaitsWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		a := NewAsyncLines(g, AsyncOptions{Limit: 4, Wait: true})
		var want strings.Builder
		var all sync.WaitGroup
		all.Go(func() {
			for i := range 50 {
				line := fmt.Sprintf("%d\n", i)
				want.WriteString(line)
				a.Line([]byte(line))
			}
		})
		synctest.Wait()
		close(g.open)
		all.Wait()
		if err := a.Close(t.Context()); err != nil || g.String() != want.String() {
			t.Errorf("got %q, %v", g.String(), err)
		}
	})
}

func TestAsyncLinesAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		g.err = errors.New("broken pipe")
		a := NewAsyncLines(g, AsyncOptions{Limit: 4, Wait: true})
		a.Line([]byte("aaa\n"))
		<-g.entered
		a.Line([]byte("bbb\n"))
		close(g.open)
		a.Line([]byte("does not wait for ever\n"))
		if err := a.Close(t.Context()); !errors.Is(err, g.err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestAsyncLinesCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		a := NewAsyncLines(g, AsyncOptions{})
		a.Line([]byte("aaa\n"))
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := a.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		close(g.open)
	})
}

func TestAsyncLinesFromManyGoroutines(t *testing.T) {
	var out Buffer
	a := NewAsyncLines(&out, AsyncOptions{Limit: 1 << 10, Wait: true})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				a.Line(fmt.Appendf(nil, "%d-%d\n", g, i))
			}
		})
	}
	all.Wait()
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1600 {
		t.Errorf("%d lines of 1600", n)
	}
}
