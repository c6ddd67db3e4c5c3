package receiver

import "time"

// Limits bound the memory, time and connections that strangers can take. A zero
// field means its default; none can be switched off.
type Limits struct {
	Header      int           // bytes of request line and headers; 64 KiB. More is a 431. At least 4 KiB.
	Body        int64         // bytes of one body; 10 MiB. More is a 413.
	Memory      int64         // bytes of all bodies being received or kept; 256 MiB. More is a 503.
	HeaderTime  time.Duration // until the headers are in; 10 s. Then the connection is closed.
	RequestTime time.Duration // until the whole request is in; 60 s. Then a 408.
	IdleTime    time.Duration // between two requests of a connection; 60 s
	AnswerTime  time.Duration // from the whole request to the end of its answer; 60 s
	Connections int           // open at a time; 10,000. Further ones wait to be accepted.
	Grace       time.Duration // for what is in flight when the server ends; 5 s
}

func (l Limits) orDefaults() Limits {
	set(&l.Header, 64<<10)
	set(&l.Body, 10<<20)
	set(&l.Memory, 256<<20)
	set(&l.HeaderTime, 10*time.Second)
	set(&l.RequestTime, 60*time.Second)
	set(&l.IdleTime, 60*time.Second)
	set(&l.AnswerTime, 60*time.Second)
	set(&l.Connections, 10_000)
	set(&l.Grace, 5*time.Second)
	return l
}

// ownFiles is how many files the process needs besides its senders'
// connections, for the store, large bodies and forwarding.
const ownFiles = 64

// Connectable is how many of the wanted connections may be open at a time: few
// enough that a crowd of idle senders can not take all the files that this
// process may open, and leave none to keep a delivery in.
func Connectable(wanted int) int { return connectable(wanted, openFiles()) }

func connectable(wanted, files int) int {
	if files <= 0 {
		return wanted
	}
	return max(1, min(wanted, max(files-ownFiles, files/2)))
}

func set[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
