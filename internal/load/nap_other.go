//go:build !linux

package load

import "time"

// napSlack is how late a nap usually ends.
const napSlack = 500 * time.Microsecond

func nap(d time.Duration) { time.Sleep(d) }
