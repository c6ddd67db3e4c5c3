package load

import "sync"

// gate lets one worker in at a time, the one that came last first: a few
// workers then do most of the work, and their connections stay warm. It starts
// another worker when all are busy, up to a limit.
type gate struct {
	mu      sync.Mutex
	held    bool
	waiting []chan struct{}
	started int
	most    int
	start   func() // starts a worker that holds the gate
}

// enter waits for the gate. turn is the worker's own, with room for one.
func (g *gate) enter(turn chan struct{}) {
	g.mu.Lock()
	if !g.held {
		g.held = true
		g.mu.Unlock()
		return
	}
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	<-turn
}

// pass hands the gate on.
func (g *gate) pass() {
	g.mu.Lock()
	last := len(g.waiting) - 1
	switch {
	case last >= 0:
		turn := g.waiting[last]
		g.waiting = g.waiting[:last]
		g.mu.Unlock()
		turn <- struct{}{}
		return
	case g.started < g.most:
		g.started++
		g.mu.Unlock()
		g.start()
		return
	}
	g.held = false
	g.mu.Unlock()
}

// shut hands the gate on as pass does, and starts no more workers: those that
// wait are let in to find that nothing is left.
func (g *gate) shut() {
	g.mu.Lock()
	g.most = 0
	g.mu.Unlock()
	g.pass()
}
