package store

import (
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkKeep is 64 receivers of 1 KiB bodies.
func BenchmarkKeep(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	b.SetBytes(1024)
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := s.Keep(b.Context(), sample()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
